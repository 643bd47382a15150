"""A YAML document -> the claims of one publication, with everything that is wrong about them.

What belongs here: the shape of one file in claims/, its kinds' settings, names across declarations. What does not:
what the claims say (``science.claims``), the other declarations (``declare``).

Numbers are taken as they are written, not as they are read: 2.350 has a digit more than 2.35.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.declare import shape_of
from scaling_assets.lab.findings import did_you_mean, problem
from scaling_assets.lab.kinds import Problems, own_fields, settings_problems
from scaling_assets.lab.yaml_file import Document, Place
from scaling_assets.records.claim import Claim, ClaimSheet
from scaling_assets.records.experiment import Experiment
from scaling_assets.science.claims import CLAIM_KINDS, objections_to


def declare_claims(document: Document, stem: str) -> tuple[ClaimSheet | None, Problems]:
    """The claims of a file called ``<stem>.yaml``; None when anything is wrong."""
    document.data = _as_written(document, document.data, ())
    sheet, problems = shape_of(document, stem, ClaimSheet)
    if isinstance(document.data, dict):
        problems += _kinds(document)
    return (None if problems else sheet), problems


def claim_problems(
    document: Document, sheet: ClaimSheet, experiments: Mapping[str, Experiment], broken: frozenset[str]
) -> Iterator[DeclarationProblem]:
    """Formulas that cannot be read, and names that neither the document nor the lab gives.

    Experiments in ``broken`` exist, but could not be read: what claims say about them is not judged.
    """
    known = {name: experiments.get(name) for name in sorted({*experiments, *broken})}
    for i, claim in enumerate(sheet.claims):
        for wrong in objections_to(sheet, claim, known):
            place: Place = ("claims", i, *wrong.place)
            if place not in document.lines and ("claims", i, "settings", *wrong.place) in document.lines:
                place = ("claims", i, "settings", *wrong.place)
            yield problem(document, place, wrong.problem, wrong.remedy)


def _kinds(document: Document) -> Iterator[DeclarationProblem]:
    claims = document.data.get("claims")
    for i, raw in enumerate(claims if isinstance(claims, list) else []):
        kind = raw.get("kind") if isinstance(raw, dict) else None
        if not isinstance(kind, str):
            continue
        place: Place = ("claims", i)
        if kind not in CLAIM_KINDS:
            what = f"there is no claim kind {kind!r}"
            yield problem(document, (*place, "kind"), what, did_you_mean(kind, CLAIM_KINDS, "Kinds"))
            continue
        yield from settings_problems(document, CLAIM_KINDS[kind].Settings, own_fields(Claim, raw), place)


def _as_written(document: Document, value: Any, place: Place) -> Any:
    if isinstance(value, dict):
        return {key: _as_written(document, inner, (*place, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_written(document, inner, (*place, i)) for i, inner in enumerate(value)]
    return document.numerals.get(place, value)
