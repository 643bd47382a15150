"""``baseline gates``: today's law as a gate that tells when it gets worse."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scaling_assets.cli.options import JsonOption, LabOption

if TYPE_CHECKING:
    from scaling_assets.records.experiment import Experiment
    from scaling_assets.records.law import Law, ParameterEstimate

SHARE = 0.1  # of the estimate: what is proposed as the smallest change that matters


def gates(
    experiment: Annotated[str, typer.Argument(help="The experiment.")],
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print gates that compare future laws with the present ones, as YAML to paste under 'gates:'.

    One gate an exponent of each leading law; a law without an exponent is named in a comment. The gate
    fails when the parameter is provably worse by more than minimum_change: set that to the smallest
    change that matters to you (a tenth of the estimate is proposed).

    \b
    Examples:
      scaling-assets baseline gates locality
      scaling-assets baseline gates locality >> experiments/locality.yaml      when gates: is its last key

    \b
    JSON: {"format": "scaling-assets/baseline/1", "gates": [...], "skipped": [...]}
    Exit codes: 0 printed, 3 no such experiment, or nothing fitted yet.
    """
    import yaml

    from scaling_assets.cli import output, shapes
    from scaling_assets.errors import LawNotUsable
    from scaling_assets.pipeline import answers
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.report import wording

    ws = open_workspace(lab)
    declared = ws.experiment(experiment)
    laws = answers.laws(ws, experiment, leading_only=True)
    if not laws:
        raise LawNotUsable(
            law=experiment, problem="nothing has been fitted yet.", remedy="Run 'scaling-assets run' first."
        )
    made, skipped = [], []
    for law in laws:
        exponents = [p for p in law.parameters if p.role == "exponent" and _has_interval(p)]
        if not law.is_usable or not exponents:
            skipped.append(f"{wording.law_name(law)}: no exponent with a two-sided interval")
            continue
        made += [_gate(declared, law, p, len(exponents) > 1) for p in exponents]
    for gate in made:
        gate["monitored"] = len(made)
    if as_json:
        output.document(shapes.headed("baseline", gates=made, skipped=skipped))
        return
    output.answer(
        "# minimum_change: the smallest change that matters to you; a tenth of the estimate is proposed"
    )
    for line in skipped:
        output.answer(f"# {line}")
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100) if made else ""
    output.answer("\n".join("  " + line for line in text.splitlines()))


def _has_interval(p: "ParameterEstimate") -> bool:
    return p.value is not None and p.low is not None and p.high is not None and p.low <= p.value <= p.high


def _gate(declared: "Experiment", law: "Law", p: "ParameterEstimate", is_one_of_many: bool) -> dict[str, Any]:
    from scaling_assets.science.comparing.snapshot import worse_way

    suffix = "".join(f"_{value}" for value in law.group.values()).lower()
    name = f"{law.question}{suffix}{f'_{p.name.lower()}' if is_one_of_many else ''}_has_not_regressed"
    gate: dict[str, Any] = {
        "name": _identifier(name),
        "kind": "regression",
        "question": law.question,
        "family": law.family,
        "parameter": p.name,
        "baseline": {
            "value": _short(p.value),
            "low": _short(p.low),
            "high": _short(p.high),
            "level": p.level,
        },
        "minimum_change": max(float(f"{SHARE * abs(p.value or 0.0):.2g}"), 0.01),
        "worse": worse_way(law, p, declared.metric(law.metric).direction),
    }
    if law.group:
        gate["where"] = dict(law.group)
    return gate


def _identifier(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in text)[:63]


def _short(value: float | None) -> float:
    return float(f"{value or 0.0:.6g}")
