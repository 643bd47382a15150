// Verdicts of one outcome at a time.
(function () {
  var buttons = document.querySelectorAll("[data-show]");
  buttons.forEach(function (button) { button.addEventListener("click", function () {
    buttons.forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
    document.querySelectorAll("[data-outcome]").forEach(function (row) {
      row.hidden = button.dataset.show !== "all" && row.dataset.outcome !== button.dataset.show; });
  }); });
})();
