"""The promise about rounding: right numbers, however rounded, are never called wrong; moved ones always are."""

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scaling_assets.records.claim import Consistency
from scaling_assets.records.printed import read_printed
from scaling_assets.science.claims.stated_law import StatesLaw, gives_all, parameters_of, points_of
from scaling_assets.science.laws import FAMILIES
from tests.science.claims.sheets import answer

FEW = settings(max_examples=60, deadline=None, derandomize=True)
DIGITS = st.integers(0, 4)
ROUNDINGS = st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN])
TRUE = st.integers(1, 10**7).map(lambda n: Fraction(n, 10**4))  # 0.0001 to 1000
FORMULAS = {
    "a + b - c": lambda a, b, c: a + b - c,
    "a * b / c": lambda a, b, c: a * b / c,
    "(a - b) / a": lambda a, b, c: (a - b) / a,
    "a / (a + b + c)": lambda a, b, c: a / (a + b + c),
    "a ** 2 - b * (c - 1)": lambda a, b, c: a**2 - b * (c - 1),
    "max(a, b) / min(b, c)": lambda a, b, c: max(a, b) / min(b, c),
    "1 - (1 - a / 1000) * (1 - b / 1000) * (1 - c / 1000)":
        lambda a, b, c: 1 - (1 - a / 1000) * (1 - b / 1000) * (1 - c / 1000),
}  # fmt: skip


def rounded(value: Fraction, digits: int, how: str) -> str:
    scaled = value * 10**digits
    down = scaled.numerator // scaled.denominator
    rest = scaled - down
    tie_goes_up = value > 0 if how == ROUND_HALF_UP else down % 2 == 1
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and tie_goes_up)
    return f"{Decimal(down + up).scaleb(-digits):f}"


def printed(values, digits, how) -> dict[str, str]:
    return {name: rounded(v, d, how) for name, v, d in zip("abc", values, digits[:3], strict=True)}


@FEW
@given(
    text=st.sampled_from(list(FORMULAS)),
    values=st.tuples(TRUE, TRUE, TRUE),
    digits=st.tuples(*[DIGITS] * 4),
    how=ROUNDINGS,
)
def test_a_right_result_is_never_called_inconsistent(text: str, values, digits, how: str) -> None:
    right = rounded(FORMULAS[text](*values), digits[3], how)
    found = answer("arithmetic", printed(values, digits, how), formula=text, states=right)
    assert found.outcome is not Consistency.INCONSISTENT, found.reason


@FEW
@given(
    text=st.sampled_from(["a + b - c", "a * b / c", "(a - b) / a", "a / (a + b + c)"]),
    values=st.tuples(TRUE, TRUE, TRUE), digits=st.tuples(*[DIGITS] * 4), how=ROUNDINGS,
    beyond=st.integers(1, 10**6), sign=st.sampled_from([1, -1]),
)  # fmt: skip
def test_a_result_moved_beyond_the_rounding_is_always_inconsistent(
    text, values, digits, how, beyond, sign
) -> None:
    """These formulas rise or fall with each name throughout: their range over the digits lies between corners."""
    given_ = printed(values, digits, how)
    read = {name: read_printed(number) for name, number in given_.items()}
    assume(all(number is not None and number.low > 0 for number in read.values()))
    ends = [
        FORMULAS[text](*(Fraction(getattr(read[n], end)) for n, end in zip("abc", corner, strict=True)))
        for corner in [(x, y, z) for x in ("low", "high") for y in ("low", "high") for z in ("low", "high")]
    ]
    edge = max(ends) if sign == 1 else min(ends)
    unit = Fraction(1, 10 ** digits[3])
    # The stated number's own interval begins at least a hundredth of a unit beyond the last right value.
    wrong = math.ceil(edge / unit) if sign == 1 else math.floor(edge / unit)
    stated = (wrong + sign * (1 + beyond)) * unit
    found = answer("arithmetic", given_, formula=text, states=rounded(stated, digits[3], how))
    assert found.outcome is Consistency.INCONSISTENT, found.reason
    assert found.off is not None and math.copysign(1, found.off) == sign


@FEW
@given(trials=st.integers(1, 10**6), share=st.integers(0, 1000), digits=st.integers(0, 4), how=ROUNDINGS)
def test_a_rate_rounded_from_its_counts_is_consistent(trials: int, share: int, digits: int, how: str) -> None:
    events = trials * share // 1000
    rate = rounded(Fraction(100 * events, trials), digits, how)
    assert answer("count", events=str(events), trials=str(trials), states=f"{rate} %").outcome == "consistent"


@settings(FEW, max_examples=20)
@given(
    a=st.floats(0.1, 100), b=st.floats(-1, 2), digits=st.integers(1, 4),
    x=st.lists(st.integers(1, 10**6), min_size=1, max_size=6, unique=True),
)  # fmt: skip
def test_a_law_is_reconciled_with_its_own_rounded_points(
    a: float, b: float, digits: int, x: list[int]
) -> None:
    points = [{"x": at, "y": f"{a * at**b:.{digits}f}"} for at in x]
    law = StatesLaw(
        family="power", parameters={"a": f"{a:.{digits}f}", "b": f"{b:.{digits}f}"}, points=points
    )
    assert gives_all(FAMILIES["power"], parameters_of(law), points_of(law))


@FEW
@given(values=st.lists(st.integers(0, 10**6), min_size=2, max_size=12), digits=st.integers(0, 3))
def test_a_total_of_rounded_cells_is_consistent(values: list[int], digits: int) -> None:
    cells = [Fraction(v, 10**4) for v in values]
    rows = [[rounded(cell, digits, ROUND_HALF_EVEN)] for cell in cells]
    total = rounded(sum(cells, Fraction(0)), digits, ROUND_HALF_EVEN)
    assert answer("table", columns=["cost"], rows=rows, totals={"cost": total}).outcome == "consistent"
