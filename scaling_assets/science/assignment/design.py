"""What a declared design means: its arms, shares and blocks, and which units take part.

What lives here: the one reading of ``assignment`` in a declaration, and what it can get wrong. What does not:
choosing (``choose``), the words for callers (``admit``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, prod

from scaling_assets.records.assignment import AssignmentDesign
from scaling_assets.records.declared import Scalar
from scaling_assets.records.experiment import Context, Experiment

MOST_STATES = 20_000  # of one cycle with unequal shares: how far the choice looks ahead
RANGES = ("min", "max")
Block = tuple[tuple[str, str], ...]  # sorted (column, value) pairs


@dataclass(frozen=True)
class DesignProblem:
    """What is wrong with a design: where in ``assignment``, what, and the names that would do."""

    place: tuple[str | int, ...]
    what: str
    known: tuple[str, ...] = ()


def design_of(experiment: Experiment) -> AssignmentDesign:
    """Return the declared design.

    Raises:
        ValueError: the experiment declares none.
    """
    if experiment.assignment is None:
        raise ValueError(f"{experiment.name} declares no assignment")
    return experiment.assignment


def arms(experiment: Experiment) -> tuple[str, ...]:
    """Return the arms as texts: the conditions in declared order, or the dimension's levels from low to high."""
    design = design_of(experiment)
    if design.arm == "condition":
        return experiment.conditions
    return tuple(arm_text(level) for level in experiment.dimension(design.arm).levels)


def arm_text(value: object) -> str:
    """Return the text of an arm: a level without needless digits, a condition as it is."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def shares(experiment: Experiment) -> dict[str, int]:
    """Return each arm's whole share, without a common divisor: {"control": 2, "new": 1}."""
    design = design_of(experiment)
    given = {arm: design.ratio.get(arm, 1) if design.ratio else 1 for arm in arms(experiment)}
    common = gcd(*given.values())
    return {arm: share // common for arm, share in given.items()}


def block_of(experiment: Experiment, context: Mapping[str, str]) -> Block:
    """Return the block of a unit with this context, which names every block column."""
    return tuple(sorted((column, context[column]) for column in design_of(experiment).blocks))


def blocks(experiment: Experiment) -> list[dict[str, str]]:
    """Return every block whose values are declared and let through by the filter, in declared order."""
    found: list[dict[str, str]] = [{}]
    for column in design_of(experiment).blocks:
        values = [v for v in _context(experiment, column).included if not refusals(experiment, {column: v})]
        found = [{**block, column: value} for block in found for value in values]
    return found


def needed_columns(experiment: Experiment) -> tuple[str, ...]:
    """Return the context columns without which a unit cannot be placed: blocks, then those of the filter."""
    design = design_of(experiment)
    filtered = [filter_column(experiment, key)[0] for key in design.context_filter]
    limited = [context.name for context in experiment.context if context.minimum is not None]
    return tuple(dict.fromkeys([*design.blocks, *filtered, *limited]))


def filter_column(experiment: Experiment, key: str) -> tuple[str, str]:
    """Return the context column that a key of the filter means, and "min", "max" or "" for equality."""
    names = {context.name for context in experiment.context}
    prefix, _, rest = key.partition("_")
    if key not in names and prefix in RANGES and rest in names:
        return rest, prefix
    return key, ""


def admits(experiment: Experiment, context: Mapping[str, str]) -> bool:
    """True when no given context value keeps a unit out; columns that are not given do not."""
    return not refusals(experiment, context)


def refusals(experiment: Experiment, context: Mapping[str, str]) -> list[str]:
    """Return why units of this context do not take part, in words, one reason a condition."""
    found = []
    for key, wanted in design_of(experiment).context_filter.items():
        column, end = filter_column(experiment, key)
        if column not in context:
            continue
        value, order = context[column], _context(experiment, column).order
        if end:
            at, limit = order.index(value), order.index(str(wanted))
            if (at < limit) if end == "min" else (at > limit):
                word = "below" if end == "min" else "above"
                found.append(f"{column} {value} is {word} {wanted} ({key})")
        elif value not in (options := _options(wanted)):
            found.append(f"{column} {value} is not {' or '.join(options)}")
    for declared in experiment.context:
        if declared.minimum is not None and declared.name in context:
            value = context[declared.name]
            if value not in declared.included:
                found.append(
                    f"{declared.name} {value} is below {declared.minimum}, where the experiment begins"
                )
    return list(dict.fromkeys(found))


def largest_deviation(experiment: Experiment, counts: Mapping[str, int]) -> float:
    """Return how far the block's fullest or emptiest arm is from its share, in units."""
    share = shares(experiment)
    total, whole = sum(counts.get(arm, 0) for arm in share), sum(share.values())
    return max(abs(counts.get(arm, 0) * whole - total * part) for arm, part in share.items()) / whole


def problems_of_design(experiment: Experiment) -> Iterator[DesignProblem]:
    """What the design names and the experiment does not declare; nothing when there is no design."""
    design = experiment.assignment
    if design is None:
        return
    dimensions = {d.name: d for d in experiment.dimensions}
    if design.arm != "condition" and design.arm not in dimensions:
        known = (*dimensions, "condition")
        yield DesignProblem(("arm",), f"{design.arm!r} is neither a dimension nor 'condition'", known)
        return
    names = arms(experiment)
    if len(names) < 2:
        what = f"{design.arm!r} declares {len(names)} value(s); an assignment needs two arms"
        yield DesignProblem(("arm",), what)
        return
    yield from _ratio_problems(experiment, design, names)
    contexts = tuple(context.name for context in experiment.context)
    for i, column in enumerate(design.blocks):
        if column not in contexts:
            yield DesignProblem(("blocks", i), f"{column!r} is no context column", contexts)
        elif column in design.blocks[:i]:
            yield DesignProblem(("blocks", i), f"{column!r} is named twice", contexts)
    for key, wanted in design.context_filter.items():
        yield from _filter_problems(experiment, key, wanted)
    if design.batch is not None and all(column in contexts for column in design.blocks):
        yield from _batch_problems(experiment, design)


def _ratio_problems(
    experiment: Experiment, design: AssignmentDesign, names: Sequence[str]
) -> Iterator[DesignProblem]:
    for arm in design.ratio:
        if arm not in names:
            yield DesignProblem(("ratio", arm), f"there is no arm {arm!r}", tuple(names))
    absent = [arm for arm in names if arm not in design.ratio] if design.ratio else []
    if absent:
        yield DesignProblem(("ratio",), f"no share for {', '.join(map(repr, absent))}", tuple(names))
    elif states := _states(shares(experiment)):
        what = f"the shares make a cycle of {states:,} states; the limit is {MOST_STATES:,}"
        yield DesignProblem(("ratio",), f"{what}: use smaller whole numbers")


def _states(share: Mapping[str, int]) -> int:
    """States of one cycle, where there are too many; equal shares need no looking ahead."""
    states = prod(s + 1 for s in share.values())
    return states if set(share.values()) != {1} and states > MOST_STATES else 0


def _filter_problems(
    experiment: Experiment, key: str, wanted: Scalar | list[Scalar]
) -> Iterator[DesignProblem]:
    place = ("context_filter", key)
    column, end = filter_column(experiment, key)
    names = tuple(context.name for context in experiment.context)
    if column not in names:
        ordered = [f"min_{context.name}" for context in experiment.context if context.order]
        yield DesignProblem(place, f"{key!r} means no context column", (*names, *ordered))
        return
    context = _context(experiment, column)
    if end and not context.order:
        yield DesignProblem(place, f"{column!r} has no 'order', so that nothing is a {end}imum of it")
        return
    if end and isinstance(wanted, list):
        yield DesignProblem(place, f"{key!r} takes one value", context.order)
        return
    for value in _options(wanted):
        if context.allowed and value not in context.allowed:
            yield DesignProblem(place, f"{column} is never {value!r}", context.allowed)


def _batch_problems(experiment: Experiment, design: AssignmentDesign) -> Iterator[DesignProblem]:
    for column in design.blocks:
        if not _context(experiment, column).allowed:
            what = f"a batch plans every value of {column!r}, which declares neither 'order' nor 'values'"
            yield DesignProblem(("batch",), what)
    free = [
        c
        for c in needed_columns(experiment)
        if c not in design.blocks and c in {context.name for context in experiment.context}
    ]
    if free:
        what = f"a planned unit has the context of its block, and the filter asks for {', '.join(free)}"
        yield DesignProblem(("batch",), f"{what}: name it in 'blocks'")


def _options(wanted: Scalar | list[Scalar]) -> list[str]:
    return [str(option) for option in (wanted if isinstance(wanted, list) else [wanted])]


def _context(experiment: Experiment, name: str) -> Context:
    return next(context for context in experiment.context if context.name == name)
