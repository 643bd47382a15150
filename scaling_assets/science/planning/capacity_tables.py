"""The first tables of a capacity plan: what growth asks for, and what each limit carries today.

What belongs here: decisions as cells, with the arithmetic in words. What does not: the decisions (``growth``), the
tables behind them (``capacity_details``).
"""

from dataclasses import dataclass, replace

from scaling_assets.records.planned import Figure
from scaling_assets.science.gates.compare import number
from scaling_assets.science.planning.amounts import Amount, over
from scaling_assets.science.planning.capacity_limits import Limits
from scaling_assets.science.planning.capacity_question import CapacityQuestion, Scenario, scenario_name
from scaling_assets.science.planning.growth import EXPAND, ORDER, SUFFICIENT, Decision, decide

PERCENT = "%"
NAMED = 2  # limits that a sentence names


@dataclass(frozen=True)
class Decided:
    """One scenario: its load, how that came about, and the decision against each limit by name."""

    name: str
    load: Amount
    arithmetic: str
    decisions: dict[str, Decision]

    @property
    def deciding(self) -> str:
        """The limit whose news is the worst; of equals the one that is used most."""
        return max(
            self.decisions,
            key=lambda n: (ORDER.index(self.decisions[n].status), self.decisions[n].utilisation.value or 0.0),
        )

    @property
    def decision(self) -> Decision:
        """The decision that stands for all."""
        return self.decisions[self.deciding]


def decided(question: CapacityQuestion, found: Limits) -> list[Decided]:
    """Every scenario against every limit, in declared order."""
    scenarios = []
    for scenario in question.growth:
        load, arithmetic = _load(question, scenario, found.load)
        decisions = {name: decide(load, limit) for name, limit in found.limits.items()}
        scenarios.append(Decided(scenario_name(scenario), load, arithmetic, decisions))
    return scenarios


def _load(question: CapacityQuestion, scenario: float | Scenario, today: Amount) -> tuple[Amount, str]:
    factor = scenario if isinstance(scenario, float) else scenario.factor
    if factor is None:
        assert isinstance(scenario, Scenario)
        return Amount(scenario.load, method="declared"), "declared"
    return today.times(factor), f"{number(today.value or 0.0, question.unit)} x {factor:g}"


def growth_table(question: CapacityQuestion, found: Limits, scenarios: list[Decided]) -> list[Figure]:
    """A row a scenario: its load, the limit that decides, how much of it is used, what to do and at which cost."""
    figures = []
    for scenario in scenarios:
        item = scenario.name
        figures.append(cell("growth", item, "load", scenario.load, question.unit, scenario.arithmetic))
        if len(found.limits) > 1:
            figures.append(Figure("growth", item, "decided_by", text=scenario.deciding))
        figures += _decision_cells("growth", item, question, found, scenario, scenario.deciding)
    if len(found.limits) > 1:
        for scenario in scenarios:
            for name in found.limits:
                item = f"{scenario.name}, {name}"
                figures += _decision_cells("growth_by_limit", item, question, found, scenario, name)
    return figures


def _decision_cells(
    part: str, item: str, question: CapacityQuestion, found: Limits, scenario: Decided, name: str
) -> list[Figure]:
    decision, limit = scenario.decisions[name], found.limits[name]
    used = decision.utilisation.times(100)
    carries, load = limit.capacity.value, number(scenario.load.value or 0.0, question.unit)
    arithmetic = limit.capacity.reason
    if carries is not None:
        arithmetic = f"{load} of {number(carries, question.unit)}"
    elif limit.capacity.low is not None:
        arithmetic = f"{load} of at least {number(limit.capacity.low, question.unit)}"
    cells = [
        cell(part, item, "utilisation", used, PERCENT, arithmetic),
        Figure(part, item, "decision", text=_doubt(decision), status=decision.status),
    ]
    units = found.units.get(name)
    if units is None:
        return cells
    if decision.needed is not None and (decision.needed.value is not None or decision.needed.is_known):
        cells.append(cell(part, item, units.name, decision.needed, "", decision.needed.distance))
    if decision.sure is not None:
        added = decision.sure - units.now
        text = f"{added:g} more than now"
        if name == "throughput" and found.throughput is not None:
            text += f", {found.throughput.distance(decision.sure)}"
        cells.append(Figure(part, item, f"{units.name}_to_be_sure", decision.sure, text=text))
        if units.step_cost is not None:
            steps = round(added / units.step)
            text = f"{steps} x {number(units.step_cost, units.currency)}"
            cells.append(Figure(part, item, "cost", steps * units.step_cost, unit=units.currency, text=text))
    return cells


def _doubt(decision: Decision) -> str:
    """Why, and that no confidence stands behind a decision on numbers without intervals."""
    sure = (
        ""
        if decision.utilisation.is_known or decision.utilisation.value is None
        else "by numbers without intervals"
    )
    return "; ".join(part for part in (decision.reason, sure) if part)


def capacity_table(question: CapacityQuestion, found: Limits) -> list[Figure]:
    """A row a limit: what it carries today, how much of that is free, how far the load may grow, what adding gives."""
    figures = []
    for name, limit in found.limits.items():
        capacity = limit.capacity
        text = capacity.reason or _where(question, found, name)
        figures.append(cell("capacity", name, "carries", capacity, question.unit, text))
        if capacity.value is None and capacity.low is None:
            continue
        used = replace(over(found.load, capacity), reason="")  # it stands in the first column
        figures.append(cell("capacity", name, "headroom", used.falling(lambda u: 100 * (1 - u)), PERCENT))
        figures.append(cell("capacity", name, "room_to_grow", used.falling(lambda u: 1 / u), "x"))
        if limit.reach is not None and (limit.reach.most.value is not None) and name in found.units:
            most, edge = limit.reach.most, limit.reach.edge
            if limit.reach.enough is None:
                edge = f"{edge}, were their scaling perfect"
            figures.append(cell("capacity", name, "most_by_adding", most, question.unit, edge))
    return figures


def _where(question: CapacityQuestion, found: Limits, name: str) -> str:
    """By how many units, or at which number in flight, how far from the data, and what stays free."""
    units, capacity = found.units.get(name), found.limits[name].capacity
    said = [f"{units.now:g} {units.name}"] if units is not None else []
    if name == "throughput" and found.admitted is not None and found.throughput is not None:
        best = found.admitted.best
        said += (
            [f"at {best.value:.4g} {found.throughput.law.axes[0].replace('_', ' ')}"] if best.value else []
        )
    said += [capacity.distance] if capacity.distance else []
    said += [f"{question.margin:.0%} kept free"] if question.margin else []
    return ", ".join(said)


def cell(
    part: str, item: str, quantity: str, amount: Amount, unit: str = "", text: str = "", status: str = ""
) -> Figure:
    """An amount as a cell of a table; its reason where there is neither a number nor other words."""
    said = text or (amount.reason if amount.value is None else "")
    return Figure(
        part, item, quantity, amount.value, amount.low, amount.high, unit, said, status, amount.method
    )


def headline(question: CapacityQuestion, found: Limits, scenarios: list[Decided]) -> str:
    """What growth asks for: ``1.5x (479.2 ops/s) not sufficient: 105 % of the pool; 2x ...``."""
    said = []
    for scenario in scenarios:
        status, units = scenario.decision.status, found.units.get(scenario.deciding)
        more = ""
        if status == EXPAND and scenario.decision.sure is not None and units is not None:
            more = f" to {scenario.decision.sure:g} {units.name}"
        load = number(scenario.load.value or 0.0, question.unit)
        said.append(f"{scenario.name} ({load}) {status}{more}{_used(scenario, len(found.limits) > 1)}")
    return "; ".join(said)


def _used(scenario: Decided, is_named: bool) -> str:
    """How much of each limit that is not kept, or of the tightest one, the load uses; of many only of the worst."""
    broken = [n for n, d in scenario.decisions.items() if d.status != SUFFICIENT] or [scenario.deciding]
    shown = broken if len(broken) <= NAMED else [scenario.deciding]
    parts = []
    for name in shown:
        used, of = scenario.decisions[name].utilisation, f" of {name}" if is_named else ""
        if used.value is not None:
            parts.append(f"{100 * used.value:.0f} %{of}")
        elif used.high is not None and scenario.decisions[name].status == SUFFICIENT:
            parts.append(f"at most {100 * used.high:.0f} %{of}")
    parts += [f"and {len(broken) - len(shown)} more"] if len(shown) < len(broken) else []
    return f": {', '.join(parts)}" if parts else ""
