// Draws each figure when it comes near the window, in the page's own colours.
(function () {
  if (!window.Plotly) { document.querySelectorAll(".plot").forEach(function (el) {
    el.textContent = "plotly.min.js is missing: it lies in the folder above the experiments' folders."; }); return; }
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function draw(el) {
    var figure = JSON.parse(document.getElementById(el.dataset.figure).textContent);
    var ink = getComputedStyle(document.body).color;
    figure.layout.font = { color: ink, size: 11.5, family: getComputedStyle(document.body).fontFamily };
    Plotly.react(el, figure.data, figure.layout, { displaylogo: false, displayModeBar: "hover", responsive: true,
      modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"] });
    el.dataset.drawn = "1";
  }
  var plots = Array.prototype.slice.call(document.querySelectorAll(".plot"));
  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (e) { if (e.isIntersecting && !e.target.dataset.drawn) draw(e.target); });
  }, { rootMargin: "600px" });
  plots.forEach(function (el) { seen.observe(el); });
  dark.addEventListener("change", function () { plots.forEach(function (el) { if (el.dataset.drawn) draw(el); }); });
  window.addEventListener("beforeprint", function () { plots.forEach(function (el) { if (!el.dataset.drawn) draw(el); }); });
})();
