"""Published and hand-computed intervals, and everything that must not look certain."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_assets.records.experiment import Metric
from scaling_assets.science.trials import ESTIMATORS, Confidence, cell_estimates, derive, estimate
from scaling_assets.science.trials.quantiles import rows_needed
from tests.science.trials.sums import experiment, rows, unit_sums

BOTH = Confidence(0.95)
ONE = Confidence(0.95, sides=1)
RATE = Metric(name="ok", kind="rate", numerator="a", denominator="b")
COUNT = Metric(name="ok", kind="count", numerator="a", denominator="b", scale=100, largest_event=5)
RATIO = Metric(name="ok", kind="ratio", numerator="a", denominator="b")
P95 = Metric(name="ok", kind="quantile", q=0.95, formula="a")
VALUE = Metric(name="ok")
SHARE = Metric(name="ok", lower=0, upper=1)
FEW = " cannot show how much units vary"


def trials(value=None, above=None, below=None, samples=None, n=None) -> pd.DataFrame:
    """Trials of one cell, a unit each."""
    k = len(next(x for x in (value, above, samples) if x is not None))
    above, below = (np.full(k, np.nan) if x is None else np.asarray(x, float) for x in (above, below))
    if samples is not None:
        value, n = [np.median(s) for s in samples], n or [len(s) for s in samples]
    return pd.DataFrame({
        "metric": "ok", "unit": [f"u{i}" for i in range(k)], "is_simulated": False, "n": n or [1] * k,
        "value": above / below if value is None else value, "numerator": above, "denominator": below,
        "sample": pd.Series(samples if samples is not None else [None] * k, dtype=object),
    })  # fmt: skip


def test_mean_has_a_t_interval_over_units():
    # R: t.test(c(10, 12, 9, 13, 11))$conf.int -> 9.036757 12.963243
    found = estimate(VALUE, trials([10, 12, 9, 13, 11]), BOTH)
    assert (found.value, found.n_units) == (11, 5)
    assert (found.low, found.high) == pytest.approx((9.036757, 12.963243), abs=1e-6)


def test_clopper_pearson_of_30_successes_in_30():
    # 100 % of 30 queries: 95 % interval 88.4 % to 100 % two-sided; the open side alone gets 5 %.
    found = estimate(RATE, trials(above=[30], below=[30]), Confidence(0.975))
    assert (found.low, found.high) == (pytest.approx(0.8843, abs=1e-4), 1.0)
    assert "conditional on this one unit" in found.method


def test_clopper_pearson_of_15_in_100():
    # Two-sided 95 %: qbeta(.025, 15, 86) = .0864544, qbeta(.975, 16, 85) = .2353075
    found = estimate(RATE, trials(above=[15], below=[100]), BOTH)
    assert (found.low, found.high) == pytest.approx((0.0864544, 0.2353075), abs=1e-6)


def test_units_of_one_item_are_plainly_binomial():
    found = estimate(RATE, trials(above=[1] * 15 + [0] * 85, below=[1] * 100), BOTH)
    assert (found.low, found.high) == pytest.approx((0.0864544, 0.2353075), abs=1e-6)
    assert found.method == "exact binomial (Clopper-Pearson)"


def test_299_clean_operations_prove_99_percent_and_298_do_not():
    low = [estimate(RATE, trials(above=[n], below=[n]), ONE).low for n in (298, 299)]
    assert low[0] < 0.99 <= low[1]


@pytest.mark.parametrize("confidence", [BOTH, ONE])
def test_rule_of_three_at_zero_events(confidence):
    rate = estimate(RATE, trials(above=[0, 0], below=[500, 500]), confidence)
    assert (rate.low, rate.high) == (0, pytest.approx(3 / 1000, rel=0.003))
    # one event of weight 5 would add 5 per 1000 operations, times scale 100
    count = estimate(COUNT, trials(above=[0, 0], below=[500, 500]), confidence)
    assert (count.low, count.high) == (0, pytest.approx(3 / 1000 * 5 * 100, rel=0.002))
    assert "rule of three" in rate.method and "rule of three" in count.method


def test_unweighted_counts_have_garwood_bounds():
    # R: poisson.test(10, 4)$conf.int -> 1.198847 4.597590
    found = estimate(
        COUNT.model_copy(update={"largest_event": 1.0, "scale": 1.0}), trials(above=[10], below=[4]), BOTH
    )
    assert (found.low, found.high) == pytest.approx((1.198847, 4.597590), abs=1e-5)
    assert found.method == "exact Poisson, conditional on this one unit"


def test_one_rollback_in_ten_operations_is_not_below_fifty():
    found = estimate(COUNT, trials(above=[5], below=[10]), ONE)
    assert found.value == 50 and found.low < 50 < found.high


def test_ratio_bounds_match_the_textbook_formula():
    above, below = np.array([3.0, 5, 4, 8]), np.array([10.0, 16, 15, 23])
    r = above.sum() / below.sum()
    se = np.sqrt(np.sum((above - r * below) ** 2) / 3 / 4) / below.mean()
    found = estimate(RATIO, trials(above=above, below=below), BOTH)
    assert (found.value, found.high - found.value) == pytest.approx((r, 3.182446 * se), rel=1e-6)


def test_p95_of_single_rows_is_bounded_by_order_statistics():
    values = np.arange(1.0, 101)
    found = estimate(P95, trials(samples=[[v] for v in values]), BOTH)
    # qbinom(.025, 100, .95) = 90, qbinom(.975, 100, .95) + 1 = 100
    assert (found.low, found.high, found.method) == (90, 100, "exact order statistics")


@pytest.mark.parametrize(("n", "has_upper"), [(58, False), (59, True)])
def test_a_p95_needs_59_rows_for_its_upper_bound(n, has_upper):
    found = estimate(P95, trials(samples=[[float(v)] for v in range(n)]), ONE)
    assert (found.high is not None) is has_upper and found.low is not None
    assert rows_needed(0.95, 0.05) == 59
    if not has_upper:
        assert found.reason == "58 rows cannot give the upper bound of the 0.95 quantile: 59 are needed"


def test_rows_of_one_unit_are_not_independent():
    rng = np.random.default_rng(3)
    clustered = [list(rng.normal(centre, 1, 40)) for centre in rng.normal(0, 0.3, 30)]
    flat = [[v] for unit in clustered for v in unit]
    wide, narrow = (estimate(P95, trials(samples=s), BOTH) for s in (clustered, flat))
    assert wide.value == narrow.value
    assert (
        wide.low <= narrow.low
        and wide.high >= narrow.high
        and wide.high - wide.low > narrow.high - narrow.low
    )


def test_six_units_that_differ_much_cannot_bound_a_p95():
    samples = [[c + d for d in np.linspace(-0.1, 0.1, 40)] for c in range(6)]
    found = estimate(P95, trials(samples=samples), ONE)
    assert found.high is None and found.low is not None
    assert found.reason.startswith("240 rows, worth 13 independent ones, cannot give the upper bound")


def test_a_thinned_sample_counts_for_all_its_rows():
    whole = [list(np.linspace(0, 1, 1000)), list(np.linspace(1, 2, 250)), *[[1.0, 1.1]] * 4]
    thinned = [list(np.linspace(0, 1, 250)), *whole[1:]]
    a, b = (estimate(P95, trials(samples=s, n=[1000, 250, 2, 2, 2, 2]), BOTH) for s in (whole, thinned))
    assert a.value == pytest.approx(b.value, abs=0.01)


def test_over_dispersed_units_widen_the_binomial():
    same = estimate(RATE, trials(above=[10, 9, 11, 10, 10, 10], below=[100] * 6), BOTH)
    spread = estimate(RATE, trials(above=[1, 20, 3, 25, 2, 9], below=[100] * 6), BOTH)
    assert same.value == spread.value == 0.1
    assert spread.high - spread.low > 2 * (same.high - same.low)
    assert "design effect" in spread.method and spread.evidence["design_effect"] > 5


def test_over_dispersed_units_widen_the_poisson():
    same = estimate(COUNT, trials(above=[10, 5, 10, 5, 10, 5], below=[100] * 6), BOTH)
    spread = estimate(COUNT, trials(above=[0, 45, 0, 0, 0, 0], below=[100] * 6), BOTH)
    assert same.value == pytest.approx(spread.value)
    assert spread.high > 1.5 * same.high and "over-dispersion" in spread.method


@pytest.mark.parametrize(
    ("metric", "frame", "reason"),
    [
        (VALUE, trials([]), "no unit has a value"),
        (VALUE, trials([3.0]), "1 unit(s): a t interval needs at least 3"),
        (VALUE, trials([3.0, 4.0]), "2 unit(s): a t interval needs at least 3"),
        (VALUE, trials([1.4] * 5), "all 5 units have the same value: their spread cannot be estimated"),
        (SHARE, trials([0.5] * 5), "all 5 units have the same value: their spread cannot be estimated"),
        (RATIO, trials(above=[1, 2], below=[3, 4]), "2 unit(s): the interval of a ratio needs at least 3"),
        (RATIO, trials(above=[1, 2, 3], below=[2, 4, 6]),
         "all 3 units have the same ratio: their spread cannot be estimated"),
        (P95, trials(samples=[[1.0, 2], [3.0, 4]]),
         "2 unit(s): rows of one unit are not independent, and fewer than 5 units" + FEW),
        (RATE, trials(above=[1, 40], below=[100, 100]),
         "the 2 units differ by more than chance (p = 8.4e-12), and fewer than 5" + FEW),
        (COUNT, trials(above=[0, 200], below=[100, 100]),
         "the 2 units differ by more than chance (p = 2.5e-10), and fewer than 5" + FEW),
    ],
)  # fmt: skip
def test_what_cannot_be_known_has_a_reason_and_no_bounds(metric, frame, reason):
    found = estimate(metric, frame, BOTH)
    assert (found.low, found.high, found.method) == (None, None, "not estimable")
    assert found.reason == reason


def test_simulated_and_measured_are_never_pooled():
    frame = trials([1.0, 2, 3, 4]).assign(is_simulated=[True, False, False, False])
    assert estimate(VALUE, frame, BOTH).reason.startswith("simulated and measured trials are mixed")


def test_three_perfect_units_on_the_edge_of_a_bounded_metric_prove_little():
    found = estimate(SHARE, trials([1.0] * 3), ONE)
    assert (found.low, found.high) == (pytest.approx(0.05 ** (1 / 3)), 1)


def test_a_unit_in_two_cells_counts_once_with_its_rows():
    frame = pd.concat([trials([1.0, 2, 3], n=[1, 1, 1]), trials([4.0, 5, 6], n=[2, 2, 2])])
    found = estimate(VALUE, frame, BOTH)
    assert (found.n_units, found.n_rows, found.value) == (3, 9, pytest.approx(4.0))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.sampled_from([0.8, 0.95, 0.99]))
def test_bounds_enclose_the_estimate_and_stay_in_the_domain(events, level):
    for metric, top in ((RATE, 1.0), (COUNT, np.inf)):
        found = estimate(metric, trials(above=events, below=[50] * len(events)), Confidence(level))
        if found.low is not None:
            assert 0 <= found.low <= found.value <= found.high <= top


@given(st.integers(0, 40), st.integers(41, 80), st.floats(1.1, 50))
def test_more_of_the_same_never_widens_the_bounds(events, items, factor):
    found = estimate(RATE, trials(above=[events], below=[items]), ONE)
    low, high = found.grown(factor)
    assert low >= found.low - 1e-12 and high <= found.high + 1e-12


def test_the_registry_knows_every_kind():
    assert set(ESTIMATORS) == set(Metric.model_fields["kind"].annotation.__args__)


@pytest.mark.parametrize("metric", [m.name for m in experiment().metrics])
def test_cell_estimates_has_one_line_a_cell(metric):
    raw = pd.concat([rows(), rows(users=1, n_units=2, seed=1)])
    table = cell_estimates(experiment(), derive(experiment(), unit_sums(experiment(), raw)), metric)
    assert table["users"].tolist() == [1, 3] and table["n_units"].tolist() == [2, 6]
    assert table["n_rows"].tolist() == [80, 240]
    known = table.set_index("users")
    assert known.loc[3, "low"] < known.loc[3, "estimate"] < known.loc[3, "high"]
    assert (known["reason"] != "").tolist() == (known["low"].isna() | known["high"].isna()).tolist()


def test_cell_estimates_selects_by_tier_name():
    raw = pd.concat([rows(), rows(users=1, n_units=2, seed=1)])
    trial_frame = derive(experiment(), unit_sums(experiment(), raw))
    table = cell_estimates(experiment(), trial_frame, "p95", {"users": "three"})
    assert table["users"].tolist() == [3]
    with pytest.raises(KeyError):
        cell_estimates(experiment(), trial_frame, "p95", {"nothing": 1})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["value", "quantile", "rate", "count", "ratio"])
def test_two_sided_95_percent_bounds_cover(kind):
    """Planted truths with units that differ: coverage of 93 % or more over 600 experiments."""
    rng, hits, n = np.random.default_rng(11), 0, 600
    for _ in range(n):
        match kind:
            case "value":
                frame, truth, metric = trials(rng.normal(5, 1, 4)), 5.0, VALUE
            case "quantile":
                samples = [list(c + rng.normal(0, 1, 50)) for c in rng.normal(0, 0.5, 12)]
                frame, truth, metric = trials(samples=samples), 1.644854 * np.sqrt(1.25), P95
            case "rate":
                frame, truth, metric = (
                    trials(above=rng.binomial(60, rng.beta(4, 16, 8)), below=[60] * 8),
                    0.2,
                    RATE,
                )
            case "count":
                weighted = 5 * rng.poisson(2, 6) + 2 * rng.poisson(1, 6) + rng.poisson(3, 6)
                frame, truth, metric = trials(above=weighted, below=[100] * 6), 15.0, COUNT
            case "ratio":
                below = rng.lognormal(3, 0.3, 8)
                frame, truth, metric = trials(above=below * rng.normal(0.3, 0.03, 8), below=below), 0.3, RATIO
        found = estimate(metric, frame, BOTH)
        low, high = (
            (-np.inf if found.low is None else found.low),
            (np.inf if found.high is None else found.high),
        )
        hits += low <= truth <= high
    assert hits / n >= 0.93
