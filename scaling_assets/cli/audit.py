"""``audit``: do published numbers follow from what is printed beside them? The exit code says so."""

from typing import Annotated

import typer

from scaling_assets.cli.options import JsonOption, LabOption

CONSISTENT, INCONSISTENT, OPEN = 0, 1, 2


def audit(
    name: Annotated[str | None, typer.Argument(help="Only the claims of this file in claims/.")] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute the claims that the lab declares in claims/, each from what is stated beside it.

    A printed number stands for what would be printed so (2.35: 2.345 to 2.355). A claim is
    inconsistent only where no values within the printed digits reconcile it; then the right value
    stands beside it. What does not follow from what is stated is not derivable, with what is missing.

    \b
    Examples:
      scaling-assets audit
      scaling-assets audit quarterly_report || echo "do not send"
      scaling-assets audit --json | jq -r '.claims[] | select(.outcome == "inconsistent") | .reason'

    \b
    JSON: {"format": "scaling-assets/claims/1", "counts": {"consistent", "inconsistent",
      "not_derivable"}, "claims": [{"sheet", "name", "kind", "text", "outcome", "reason", "missing",
      "stated", "stated_low", "stated_high", "derived", "derived_low", "derived_high", "off", "off_pct",
      "source", "place", ...}]}
    Exit codes: 0 all consistent, 1 some inconsistent, 2 some not derivable, 3 no such lab or file.
    """
    from scaling_assets.cli import output, shapes, tables
    from scaling_assets.pipeline import claims
    from scaling_assets.pipeline.workspace import open_workspace
    from scaling_assets.records.claim import Consistency
    from scaling_assets.report.claims_page import in_words

    found = claims.audited_claims(open_workspace(lab), name)
    outcomes = [one.outcome for one in found]
    if as_json:
        counts = {outcome.value: outcomes.count(outcome) for outcome in Consistency}
        output.document(shapes.headed("claims", counts=counts, claims=shapes.listed(shapes.claim, found)))
    else:
        tables.claims(found)
        output.answer(f"{in_words(found)}.".capitalize())
        if not found:
            output.message("Declare claims in claims/<name>.yaml; 'check --schema claims' has the format.")
    if Consistency.INCONSISTENT in outcomes:
        raise typer.Exit(INCONSISTENT)
    raise typer.Exit(OPEN if Consistency.NOT_DERIVABLE in outcomes else CONSISTENT)
