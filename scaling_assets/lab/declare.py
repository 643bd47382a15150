"""A YAML document -> an experiment or a plan, with everything that is wrong about it.

What belongs here: the shape of one declaration, and what its ``kind`` registries say about settings.
What does not: names across declarations (``plan_rules``), reading files (``yaml_file``, ``load``).

Every check looks at the raw values, so that one mistake never hides another.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.assignment_rules import assignment_problems
from scaling_assets.lab.findings import did_you_mean, of_flaw, of_validation, problem
from scaling_assets.lab.formulas import read_formula
from scaling_assets.lab.kinds import Problems, own_fields, settings_problems
from scaling_assets.lab.yaml_file import Document, Place
from scaling_assets.records.experiment import RESERVED, STANDARD_COLUMNS, Experiment, Gate, Workload
from scaling_assets.records.plan import Plan
from scaling_assets.science.allocation import STRATEGIES
from scaling_assets.science.changes import part_names
from scaling_assets.science.gates import GATES, problems_of_gate
from scaling_assets.science.laws import FAMILIES
from scaling_assets.sweeps import WORKLOADS, workload_problems

M = TypeVar("M", bound=BaseModel)


def declare_experiment(document: Document, stem: str) -> tuple[Experiment | None, Problems]:
    """The experiment of a file called ``<stem>.yaml``; None when anything is wrong."""
    experiment, problems = shape_of(document, stem, Experiment)
    if isinstance(document.data, dict):
        problems += _families(document)
        problems += _gates(document, experiment)
        problems += _workload(document, experiment)
    if experiment is not None:
        problems += _formulas(document, experiment)
        problems += assignment_problems(document, experiment)
    return (None if problems else experiment), problems


def declare_plan(document: Document, stem: str) -> tuple[Plan | None, Problems]:
    """The plan of a file called ``<stem>.yaml``; None when anything is wrong."""
    plan, problems = shape_of(document, stem, Plan)
    if plan is not None and plan.strategy not in STRATEGIES:
        what = f"there is no strategy {plan.strategy!r}"
        problems.append(problem(document, ("strategy",), what, did_you_mean(plan.strategy, STRATEGIES)))
    return (None if problems else plan), problems


def shape_of(document: Document, stem: str, model: type[M]) -> tuple[M | None, Problems]:
    """A file's declaration by its model; None with everything that is wrong with its shape."""
    problems = [of_flaw(document, flaw) for flaw in document.flaws]
    if document.data is None:
        return None, problems
    if not isinstance(document.data, dict):
        remedy = "Begin with 'name: ...', one field a line."
        return None, [*problems, problem(document, (), "the file holds no mapping of fields", remedy)]
    name = document.data.get("name")
    if isinstance(name, str) and name != stem:
        remedy = f"Rename the file to {name}.yaml, or write 'name: {stem}'."
        problems.append(
            problem(document, ("name",), f"the name is {name!r}, the file's name {stem!r}", remedy)
        )
    try:
        return model.model_validate(document.data), problems
    except ValidationError as error:
        for found in of_validation(document, error, model):
            problems += _spread(document, found) if found.facts["field"] == "the whole file" else [found]
        return None, problems


# -- rules of the record that speak of the whole declaration: each is brought to its own line ------------

_NAMED = re.compile(r"(law|gate|rule|claim) '([a-z0-9_]+)'")
_FIELD = re.compile(r"'(unit|key|control_condition|manifest|name|dimension)'")
_QUOTED = re.compile(r"'([^']+)'")


def _spread(document: Document, found: DeclarationProblem) -> Iterator[DeclarationProblem]:
    for what in str(found.facts["problem"]).split("; "):
        place = _place_of(document, what)
        yield problem(document, place, what, _remedy_of(document.data, what))


def _place_of(document: Document, what: str) -> Place:
    named, field = _NAMED.match(what), _FIELD.match(what)
    if named:
        for i, item in enumerate(_items(document.data, f"{named[1]}s")):
            if named[2] in (item.get("name"), _label(item)):
                words = _QUOTED.findall(what)[1:]
                inner = _deepest(document, (f"{named[1]}s", i), words)
                return inner
    if field and (field[1],) in document.lines:
        return (field[1],)
    word = next(iter(_QUOTED.findall(what)), "")
    if what.startswith("the price of"):
        return next(((*p[:2], "price") for p in document.lines if p[2:] == ("price",) and p[0] == "dimensions"
                     and document.data["dimensions"][p[1]].get("name") == word), ())  # fmt: skip
    places = [
        (group, i, "name")
        for group in ("dimensions", "metrics", "columns", "context")
        for i, item in enumerate(_items(document.data, group))
        if item.get("name") == word
    ]
    return places[-1] if places else ()


def _deepest(document: Document, start: Place, words: list[str]) -> Place:
    """The place below ``start`` that holds one of the words, as key or as value."""
    for place in document.lines:
        if place[: len(start)] == start and len(place) > len(start):
            value: Any = document.data
            for part in place:
                value = value[part]
            if place[-1] in words or value in words:
                return place
    return start


def _remedy_of(data: dict[str, Any], what: str) -> str:
    word = next(reversed(_QUOTED.findall(what)), "")
    if "is declared twice" in what:
        return "Rename one of them."
    if "is a name that the system uses itself" in what:
        return f"Choose another name; taken are: {', '.join(sorted(RESERVED))}."
    if "names metric" in what:
        return did_you_mean(word, _names(data, "metrics"), "Declared metrics")
    if "is no dimension" in what:
        return did_you_mean(word, _names(data, "dimensions"), "Declared dimensions")
    cells = [*_names(data, "dimensions"), *_names(data, "context"), "condition", "seed"]
    if "is no cell column" in what:
        return did_you_mean(word, cells, "Cell columns")
    if "is no column" in what:
        return did_you_mean(word, [*STANDARD_COLUMNS, *cells[:-2], *_names(data, "columns")], "Columns")
    if "control_condition" in what or what.startswith("'manifest' names"):
        return did_you_mean(word, map(str, data.get("conditions") or ()), "Conditions")
    return "Correct the declaration here."


# -- registries ------------------------------------------------------------------------------------------


def _families(document: Document) -> Iterator[DeclarationProblem]:
    for i, law in enumerate(_items(document.data, "laws")):
        axes = law.get("by")
        for j, name in enumerate(_list(law.get("families"))):
            if not isinstance(name, str):
                continue
            place: Place = ("laws", i, "families", j)
            if name not in FAMILIES:
                what = f"there is no law family {name!r}"
                yield problem(document, place, what, did_you_mean(name, FAMILIES, "Families"))
            elif isinstance(axes, list) and axes and FAMILIES[name].axes != len(axes):
                fitting = [n for n, f in FAMILIES.items() if f.axes == len(axes)]
                what = f"{name} is a law of {FAMILIES[name].axes} dimension(s), 'by' names {len(axes)}"
                remedy = f"Families of {len(axes)}: {', '.join(fitting) or 'none'}."
                yield problem(document, place, what, remedy)
        yield from _known_parameters(document, law, ("laws", i))
        families = [name for name in _list(law.get("families")) if isinstance(name, str) and name in FAMILIES]
        parts = dict.fromkeys(part for name in families for part in part_names(name))
        for name, _ in _pairs(dict(_pairs(law.get("changes"))).get("minimum_change")):
            if name not in parts:
                place = ("laws", i, "changes", "minimum_change", name)
                what = f"no listed law has a part {name!r}"
                yield problem(document, place, what, did_you_mean(name, parts, "Parts"))


def _known_parameters(document: Document, law: dict[str, Any], place: Place) -> Iterator[DeclarationProblem]:
    """Pins and priors name parameters of their family and lie in its domain."""
    for field, inner in (("pins", None), ("priors", "mean")):
        for family, known in _pairs(law.get(field)):
            for name, stated in _pairs(known) if family in FAMILIES else ():
                at: Place = (*place, field, family, name)
                if name not in FAMILIES[family].names:
                    what = f"the {family} law has no parameter {name!r}"
                    yield problem(
                        document, at, what, did_you_mean(name, FAMILIES[family].names, "Parameters")
                    )
                    continue
                value = stated if inner is None else dict(_pairs(stated)).get(inner)
                parameter = FAMILIES[family].parameters[FAMILIES[family].names.index(name)]
                if isinstance(value, int | float) and not parameter.lower <= value <= parameter.upper:
                    what = (
                        f"{name} of the {family} law lies between {parameter.lower:g} and {parameter.upper:g}"
                    )
                    yield problem(document, at, what, "Give a value inside.")


def _pairs(value: object) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _gates(document: Document, experiment: Experiment | None) -> Iterator[DeclarationProblem]:
    metrics = _names(document.data, "metrics")
    for i, raw in enumerate(_items(document.data, "gates")):
        place: Place = ("gates", i)
        kind = raw.get("kind")
        if not isinstance(kind, str):
            continue
        if kind not in GATES:
            what = f"there is no gate kind {kind!r}"
            yield problem(document, (*place, "kind"), what, did_you_mean(kind, GATES, "Kinds"))
            continue
        wrong = settings_problems(document, GATES[kind].Settings, own_fields(Gate, raw), place)
        metric = raw.get("metric")
        if (
            isinstance(metric, str)
            and metric not in metrics
            and "metric" in GATES[kind].Settings.model_fields
        ):
            what = f"metric {metric!r} is not declared"
            remedy = did_you_mean(metric, metrics, "Declared metrics")
            wrong.append(problem(document, (*place, "metric"), what, remedy))
        yield from wrong
        if not wrong and experiment is not None:
            for what in problems_of_gate(experiment, experiment.gates[i]):
                at = _deepest(document, place, _QUOTED.findall(what))
                yield problem(document, at, what, "Name what the experiment declares.")


def _workload(document: Document, experiment: Experiment | None) -> Iterator[DeclarationProblem]:
    raw = document.data.get("workload")
    if not isinstance(raw, dict) or not isinstance(raw.get("kind"), str):
        return
    kind = raw["kind"]
    if kind not in WORKLOADS:
        what = f"there is no workload {kind!r}"
        yield problem(document, ("workload", "kind"), what, did_you_mean(kind, WORKLOADS, "Workloads"))
        return
    found: dict[tuple[Any, Any], DeclarationProblem] = {}
    for mode in ("quick", "full"):
        laid_over = raw.get(mode) or {}
        if not isinstance(laid_over, dict):
            continue
        settings = {**own_fields(Workload, raw), **laid_over}
        for p in settings_problems(document, WORKLOADS[kind].Settings, settings, ("workload",), mode):
            found[p.facts["field"], p.facts["problem"]] = p  # wrong in both modes: said once
    yield from found.values()
    if not found and experiment is not None:
        for what in workload_problems(experiment):
            at = _deepest(document, ("workload",), _QUOTED.findall(what))
            yield problem(document, at, what, "Make the workload and the experiment agree.")


# -- formulas --------------------------------------------------------------------------------------------


def _formulas(document: Document, experiment: Experiment) -> Iterator[DeclarationProblem]:
    columns = {*experiment.column_types, *STANDARD_COLUMNS}
    for i, metric in enumerate(experiment.metrics):
        for field in ("formula", "numerator", "denominator"):
            text = getattr(metric, field)
            if text is not None:
                yield from _formula(document, ("metrics", i, field), text, columns)
    for i, rule in enumerate(experiment.rules):
        yield from _formula(document, ("rules", i, "condition"), rule.condition, columns)


def _formula(document: Document, place: Place, text: str, columns: set[str]) -> Iterator[DeclarationProblem]:
    used, wrong = read_formula(text)
    if wrong:
        yield problem(document, place, wrong, "Write one SQL expression over the columns of a row.")
    known = {name.lower() for name in columns}
    for name in used:
        if name.lower() not in known:
            what = f"the formula reads {name!r}, which is no column"
            yield problem(document, place, what, did_you_mean(name, sorted(columns), "Columns"))


# -- raw values, of whatever type they turn out to be ------------------------------------------------------


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _items(data: Any, group: str) -> list[dict[str, Any]]:
    """The group's entries; one that is no mapping counts as empty, so that positions stay true."""
    found = data.get(group) if isinstance(data, dict) else None
    return [item if isinstance(item, dict) else {} for item in _list(found)]


def _names(data: Any, group: str) -> list[str]:
    return [str(item["name"]) for item in _items(data, group) if "name" in item]


def _label(law: Mapping[str, Any]) -> str:
    return f"{law.get('metric')}_by_{'_and_'.join(map(str, _list(law.get('by'))))}"
