"""Data rules: one good experiment that breaks none, then one field spoiled at a time."""

import numpy as np
import pytest

from scaling_assets.errors import UnknownName
from scaling_assets.store import Store, checks
from tests.store import made

OBSERVATION_CHECKS = [c.name for c in checks.available() if c.asset == "observations"]
TRIAL_CHECKS = [c.name for c in checks.available() if c.asset == "trials"]


def broken(store: Store, declared, names) -> dict[str, int]:
    found = {name: store.offenders(name, declared).count for name in names}
    return {name: count for name, count in found.items() if count}


def test_checks_describe_themselves() -> None:
    assert {"observations", "trials"} == {c.asset for c in checks.available()}
    assert {c.severity for c in checks.available()} == {"blocker", "warning"}
    assert all(c.description for c in checks.available())
    assert len(OBSERVATION_CHECKS) >= 7 and len(TRIAL_CHECKS) >= 3


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ({}, {}),
        ({"regen_ms": np.nan}, {"required_metrics_present": 3}),  # regen, its sum, its quantile
        ({"commit_ms": np.nan}, {"required_metrics_present": 1, "declared_warnings_hold": 1}),
        ({"regen_ms": np.inf}, {"finite_values": 3}),
        ({"regen_ms": -1.0}, {"metrics_within_bounds": 1}),
        ({"is_simulated": True}, {"simulated_flag_agrees": 1}),
        ({"elements": 0.5}, {"dimensions_within_bounds": 1}),
        ({"elements": 20_000.0}, {"dimensions_within_bounds": 1}),
        ({"overrides": 5}, {"declared_rules_hold": 1}),
        ({"commit_ms": 2000.0}, {"declared_warnings_hold": 1}),
    ],
    ids=str,
)
def test_one_spoiled_field_breaks_exactly_its_rules(store: Store, spoil, expected) -> None:
    frame = made.rows(12)
    for name, value in spoil.items():
        frame.loc[4, name] = value
    store.declare(made.experiment())
    store.append(made.source(frame))
    assert broken(store, made.experiment(), OBSERVATION_CHECKS) == expected
    for name in expected:
        assert set(store.offenders(name, made.experiment()).rows["line"]) == {5}


def test_a_tenth_in_quarantine_is_a_warning(store: Store) -> None:
    store.declare(made.experiment())
    store.append(made.source(made.rows(10), rejected=[made.rejection()]))
    assert broken(store, made.experiment(), OBSERVATION_CHECKS) == {}
    store.append(made.source(made.rows(7, first=10), "b.jsonl", rejected=[made.rejection()]))
    found = store.offenders("quarantine_share_below_10_pct", made.experiment())
    assert (found.severity, found.count) == ("warning", 1)
    assert found.rows.iloc[0]["n_rejected"] == 2 and found.rows.iloc[0]["rejected_pct"] == pytest.approx(
        200 / 19
    )


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ({}, {}),
        ({"value": 1.2}, {"rates_within_0_and_1": 1}),
        ({"numerator": 9.0}, {"rates_within_0_and_1": 1}),
        ({"value": np.nan}, {"trials_have_rows": 1}),
        ({"n": 0}, {"trials_have_rows": 1}),
        ({"is_simulated": True}, {"one_mode_a_trial": 1}),
    ],
    ids=str,
)
def test_the_newest_trials_are_judged_before_they_are_visible(store: Store, spoil, expected) -> None:
    declared = made.experiment()
    store.declare(declared)
    store.write_trials(
        declared, made.trials(declared, [5.0]).assign(metric="override_rate"), "t0"
    )  # older, bad
    frame = made.trials(declared, [0.5, 0.25]).assign(metric="override_rate", numerator=1.0, denominator=4.0)
    for name, value in spoil.items():
        frame.loc[0, name] = value
    store.write_trials(declared, frame, "t1")
    assert broken(store, declared, TRIAL_CHECKS) == expected


def test_many_offenders_are_counted_and_twenty_shown(store: Store) -> None:
    store.declare(made.experiment())
    store.append(made.source(made.rows(50).assign(regen_ms=-1.0)))
    found = store.offenders("metrics_within_bounds", made.experiment())
    assert (found.count, len(found.rows), found.check) == (50, 20, "metrics_within_bounds")


def test_an_experiment_without_rules_or_rates(store: Store) -> None:
    plain = made.experiment(metrics=[{"name": "regen_ms", "required": False}], rules=[])
    store.declare(plain)
    store.append(made.source(made.rows(3)))
    assert broken(store, plain, [*OBSERVATION_CHECKS, *TRIAL_CHECKS]) == {}


def test_an_unknown_check_names_those_that_exist(store: Store) -> None:
    store.declare(made.experiment())
    with pytest.raises(UnknownName, match=r"no check named 'nonsense'.*finite_values"):
        store.offenders("nonsense", made.experiment())


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        ({"overrides": 5}, "overrides_are_operations"),
        ({"regen_ms": np.inf}, "regen_ms"),
        ({"regen_ms": -1.0}, "regen_ms"),
        ({"elements": 20_000.0}, "elements"),
    ],
    ids=str,
)
def test_a_row_that_breaks_a_blocking_rule_is_put_aside_as_it_comes_in(store: Store, spoil, field) -> None:
    declared = made.experiment()
    frame = made.rows(12)
    for name, value in spoil.items():
        frame.loc[4, name] = value
    store.declare(declared)
    appended = store.append(made.source(frame), {declared.name: declared})
    assert (appended.rows_read, appended.rows_accepted, appended.rows_rejected) == (12, 11, 1)
    assert store.count_observations(declared.name) == 11
    assert broken(store, declared, [c.name for c in checks.available() if c.severity == "blocker"]) == {}
    store.publish()
    [line] = store.query("select line, field, reason, remedy, raw from quarantine").to_dict("records")
    assert (line["line"], line["field"]) == (5, field)
    assert "breaks the data rule" in line["reason"] and "new file" in line["remedy"]
    assert '"line"' in line["raw"]
