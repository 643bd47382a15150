"""``predict``: what will the metric be at this scale?"""

from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption, assignments, numbers

KINDS = {"new-run-over-laws": "new_run_over_laws", "new-run": "new_run", "mean-curve": "mean_curve"}


def predict(
    experiment: Annotated[str, typer.Argument(help="The experiment.")],
    metric: Annotated[str, typer.Argument(help="The metric.")],
    at: Annotated[list[str], typer.Argument(metavar="DIMENSION=VALUE...", help="Where, in declared units.")],
    family: Annotated[str | None, typer.Option(help="This family instead of the average.")] = None,
    question: Annotated[str | None, typer.Option(help="Where several questions ask for it.")] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(metavar="CONTEXT=VALUE", help="Where laws are fitted apart."),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="new-run-over-laws, new-run (of one law) or mean-curve.")
    ] = "new-run-over-laws",
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the interval.")] = 0.95,
    beyond: Annotated[
        float | None, typer.Option(metavar="RATIO", min=1.0, help="Allow extrapolation up to this ratio.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with your name when --beyond was needed.")] = "",
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Predict a metric at a scale, with an interval and the distance from the data.

    Beyond the ratio that the law's question declares (2x unless told) nothing is predicted: measure
    closer, or take the responsibility with --beyond and --reason, which are recorded.

    \b
    Examples:
      scaling-assets predict locality regen_ms affected_elements=150
      scaling-assets predict locality regen_ms affected_elements=1e6 --beyond 10000 --reason "planning only"
      scaling-assets predict training loss parameters=7e10 tokens=1.4e12 --kind mean-curve --json

    \b
    JSON: {"format": "scaling-assets/prediction/1", "value", "low", "high", "level", "kind", "unit",
      "at", "distance", "ratios", "decades", "law_id", "method", "reason"}
    Exit codes: 0 predicted, 3 refused (too far, no usable law) or no such lab, experiment, metric.
    """
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}", param_hint="--kind")
    if beyond is not None and not reason.strip():
        raise typer.BadParameter("--beyond is recorded and needs --reason TEXT", param_hint="--reason")
    place, where = numbers(at), assignments(group or [])

    from scaling_assets.cli import output, shapes
    from scaling_assets.errors import UnknownName
    from scaling_assets.pipeline import answers
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.report import wording

    ws = open_workspace(lab)
    declared = ws.experiment(experiment)
    known = {m.name: m for m in declared.metrics}
    if metric not in known:
        raise UnknownName(kind="metric", name=metric, known=", ".join(sorted(known)))
    found = answers.predict(
        ws,
        experiment,
        metric,
        place,
        family=family,
        question=question,
        group=where,
        kind=KINDS[kind],
        level=level,
        beyond=beyond,
        reason=reason,
    )
    unit = known[metric].unit
    if as_json:
        output.document(
            shapes.headed(
                "prediction", experiment=experiment, metric=metric, unit=unit, **shapes.prediction(found)
            )
        )
        return
    point = ", ".join(f"{name}={wording.number(value)}" for name, value in place.items())
    value = wording.labelled_value(found.value, found.low, found.high, unit)
    output.answer(f"{metric} at {point}: {value}")
    how = "the mean curve" if found.kind == "mean_curve" else "one more run"
    data = " (from simulated runs)" if declared.is_simulated else ""
    output.answer(f"  {level * 100:g} % interval for {how}, {found.method}{data}")
    far = f", {wording.number(max(found.ratios.values()), 3)}x outside the data ({found.decades:.2f} decades)"
    output.answer(f"  {found.distance.value}{far if max(found.ratios.values()) > 1 else ''}")
    if found.reason:
        output.message(found.reason)
