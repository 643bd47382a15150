"""The whole thing as people meet it: real web server, real daemon, a file dropped, a real browser."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaling_assets.pipeline.workspace import open_workspace
from tests.end_to_end.servers import Servers, serving, wait_for
from tests.orchestration.small_lab import make_lab, write_runs

CHROMIUM = next(
    (p for n in ("chromium", "google-chrome", "chromium-browser") if (p := shutil.which(n))), None
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_lab(tmp_path_factory.mktemp("ui") / "lab", names=("alpha",), settle_s=1.0)


@pytest.fixture(scope="module")
def servers(lab: Path) -> Iterator[Servers]:
    with serving(lab, lab.parent / "home") as running:
        yield running


def _sensors_are_on(servers: Servers) -> bool:
    data = servers.graphql(
        '{ sensorsOrError(repositorySelector: {repositoryName: "__repository__", '
        'repositoryLocationName: "scaling_assets.orchestration.location"}) '
        "{ ... on Sensors { results { name sensorState { status ticks(limit: 1) { status } } } } } }"
    )
    states = {s["name"]: s["sensorState"] for s in data["sensorsOrError"]["results"]}
    return states["landing_sensor"]["status"] == "RUNNING" and bool(states["landing_sensor"]["ticks"])


def _exponent(lab: Path) -> float | None:
    found = [
        law for law in open_workspace(lab).store.read_laws("alpha") if law.family == "power" and law.is_usable
    ]
    return found[0].parameter("exponent").value if found else None


def test_a_dropped_file_becomes_a_law_without_anybody_pressing_anything(servers: Servers, lab: Path) -> None:
    wait_for(
        "first look of the landing sensor", lambda: _sensors_are_on(servers), seconds=60, log=servers.log
    )
    started = time.monotonic()
    write_runs(lab / "landing" / "alpha" / "one.jsonl", exponent=0.5)
    first = wait_for("law", lambda: _exponent(lab), seconds=90, log=servers.log)
    print(f"file landed -> law visible: {time.monotonic() - started:.1f} s")
    assert first == pytest.approx(0.5, abs=0.05)

    started = time.monotonic()
    write_runs(lab / "landing" / "alpha" / "two.jsonl", exponent=0.9, start=100, runs=12)
    second = wait_for(
        "another law",
        lambda: v if (v := _exponent(lab)) is not None and abs(v - first) > 0.05 else None,
        seconds=90,
        log=servers.log,
    )
    print(f"second file landed -> law visible: {time.monotonic() - started:.1f} s")
    assert second > first
    runs = servers.graphql("{ runsOrError { ... on Runs { results { status jobName } } } }")["runsOrError"][
        "results"
    ]
    landings = [run for run in runs if run["jobName"] == "land_and_refit"]
    assert len(landings) == 2, "one run a batch, and none for unchanged data"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_law_page_shows_its_plot_and_the_verdict_page_its_verdict(servers: Servers, lab: Path) -> None:
    from playwright.sync_api import sync_playwright

    wait_for("law", lambda: _exponent(lab), seconds=60, log=servers.log)
    wait_for(
        "materialization",
        lambda: servers.graphql(
            '{ assetOrError(assetKey: {path: ["allocations"]}) '
            "{ ... on Asset { assetMaterializations(limit: 1) { runId } } } }"
        )["assetOrError"]["assetMaterializations"],
        seconds=60,
        log=servers.log,
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync", "--no-first-run"],
        )  # fmt: skip
        page = browser.new_page(viewport={"width": 1500, "height": 1400})
        page.goto(f"{servers.url}/assets/laws?view=partitions&partition=alpha")
        plot = page.locator("img[src^='data:image/svg+xml']").first
        plot.wait_for(state="visible", timeout=60_000)
        size = plot.evaluate("image => [image.complete, image.naturalWidth, image.naturalHeight]")
        assert size[0] and size[1] > 50 and size[2] > 30, f"the plot did not render: {size}"
        page.screenshot(path=str(lab.parent / "laws.png"))
        page.goto(f"{servers.url}/assets/verdicts?view=partitions&partition=alpha")
        page.get_by_text("exponent_limit").or_(page.get_by_text("Show Markdown")).first.wait_for(
            timeout=60_000
        )
        page.screenshot(path=str(lab.parent / "verdicts.png"))
        browser.close()
