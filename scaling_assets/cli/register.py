"""``register``: what was declared before the first observation, and what has changed since."""

from typing import TYPE_CHECKING, Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption

if TYPE_CHECKING:
    from scaling_assets.pipeline.registering import Registered


def register(
    experiment: Annotated[str, typer.Argument(help="The experiment.")],
    history: Annotated[
        bool, typer.Option("--history", help="Show all registrations; register nothing.")
    ] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register what decides an experiment's verdicts, with a time, before it has its first observation.

    Registered are hypothesis, dimensions, metrics, law questions, gates, contexts, conditions, seeds,
    assignment, workload; not titles, descriptions, owners. It happens by itself when rows are taken in.
    An edit before the first observation is a new registration. An edit after it makes those verdicts
    exploratory that read what changed. A registration is never changed or taken out.

    \b
    Examples:
      scaling-assets register locality
      scaling-assets register --history locality

    \b
    JSON: {"format": "scaling-assets/registration/1", "experiment", "plan", "registrations":
      [{"sequence", "registered_at", "occasion", "is_after_data", "n_rows", "identity", "changes"}],
      "changes": [{"part", "old", "new"}], "gates": [{"gate", "standing", "since", "reason"}], "gone"}
    Exit codes: 0 registered or shown, 3 no such lab, experiment, store.
    """
    from scaling_assets.cli import output, shapes
    from scaling_assets.pipeline import registering
    from scaling_assets.pipeline.workspace import open_workspace

    ws = open_workspace(lab)
    found = registering.history(ws, experiment) if history else registering.registered(ws, experiment)
    if not history:
        ws.store.publish()
    if as_json:
        document = shapes.registered(experiment, found)
        output.document(shapes.headed("registration", **document))
        return
    if found is None:
        output.answer(f"Registrations of {experiment}: none yet")
        return
    _show(experiment, found)


def _show(experiment: str, found: "Registered") -> None:
    from scaling_assets.cli import output
    from scaling_assets.pipeline.registering import steps_of
    from scaling_assets.report import wording
    from scaling_assets.science.registration import in_words

    rows = [
        (
            str(one.sequence),
            wording.moment(one.registered_at),
            f"{one.n_rows:,}",
            one.occasion,
            "; ".join(map(in_words, changes)) if before else "first",
        )
        for before, one, changes in steps_of(found.history)
    ]
    header = ("no.", "registered", "rows then", "occasion", "what changed")
    output.table(f"Registrations of {experiment}", header, rows)
    gates = [
        (name, stands.standing.value, wording.moment(stands.since), stands.reason)
        for name, stands in found.gates.items()
    ]
    output.table("Gates", ("gate", "standing", "since", "reason"), gates, empty="none declared")
    if found.plan is None:
        output.answer("Nothing was registered before the first observation.")
    else:
        output.answer(f"Verdicts are held against no. {found.plan.sequence}.")
    if found.gone:
        output.answer(f"Registered and no longer declared: {', '.join(found.gone)}")
