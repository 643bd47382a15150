"""Looks of new runs at laws as rows and back.

What belongs here: the translation. What does not: the tests (``science.comparing.shift``). Lines are only ever
added: an acknowledgement is one more line, after which earlier looks count no more.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from scaling_assets.records.look import Acknowledgement, Evidence, LawLook
from scaling_assets.store.law_rows import to_json
from scaling_assets.store.session import Session, insert, records
from scaling_assets.store.statements import identifier

_PLAIN = ("experiment", "version", "question", "metric", "question_id", "law_id", "look", "n_former", "n_new",
          "e_value", "threshold", "is_stale", "reason", "method", "is_simulated")  # fmt: skip


def write(session: Session, looks: Mapping[str, Sequence[LawLook]]) -> None:
    """Keep each experiment's looks at one version of its laws, unless that version was looked at already."""
    chosen = {name: found for name, found in looks.items() if found}
    asked = {"experiments": list(chosen), "versions": [found[0].version for found in chosen.values()]}
    there = (
        {line["experiment"] for line in records(session, "looked_at_versions", **asked)} if chosen else set()
    )
    insert(session, identifier("ledger", "law_looks"), [
        {
            **{name: getattr(look, name) for name in _PLAIN}, "position": position, "segment": to_json(look.group),
            "tests": json.dumps({name: vars(test) for name, test in look.tests.items()}),
            "looked_at": look.looked_at,
        }
        for name, found in chosen.items()
        if name not in there
        for position, look in enumerate(found)
    ])  # fmt: skip


def newest(session: Session, experiments: Sequence[str]) -> dict[str, list[LawLook]]:
    """The newest look at each law since its experiment's last acknowledgement, by experiment."""
    found: dict[str, list[LawLook]] = {name: [] for name in experiments}
    for line in records(session, "newest_looks", experiments=list(experiments)):
        found[line["experiment"]].append(_look(line))
    return found


def acknowledge(session: Session, one: Acknowledgement) -> None:
    """Keep who takes an experiment's laws as they are now."""
    insert(session, identifier("ledger", "law_acknowledgements"), [vars(one)])


def _look(line: Mapping[str, Any]) -> LawLook:
    return LawLook(
        **{name: line[name] for name in _PLAIN},
        group=json.loads(line["segment"]),
        tests={name: Evidence(**test) for name, test in json.loads(line["tests"]).items()},
        looked_at=line["looked_at"].astimezone(UTC),
    )
