"""The lab as a value: everything that a user declared, read and checked as a whole.

What belongs here: finding and loading a lab. What does not: the checks themselves (``declare``,
``plan_rules``), opening its store.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from scaling_assets.errors import DeclarationErrors, DeclarationProblem, LabNotFound, PathOutsideLab
from scaling_assets.lab.declare import declare_experiment, declare_plan
from scaling_assets.lab.declare_claims import claim_problems, declare_claims
from scaling_assets.lab.declare_plans import Planned, declare_planned, is_planned, planned_problems
from scaling_assets.lab.findings import of_validation, problem
from scaling_assets.lab.plan_rules import plan_problems
from scaling_assets.lab.settings import LabSettings
from scaling_assets.lab.yaml_file import Document, read_yaml
from scaling_assets.records.claim import ClaimSheet
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.plan import Plan
from scaling_assets.science.claims import experiments_of
from scaling_assets.science.planning import PlanQuestion

LAB_FILE = "lab.toml"
LAB_VARIABLE = "SCALING_LAB"


@dataclass(frozen=True)
class Lab:
    """A directory that a user owns, read. ``root`` is absolute; every folder lies inside it."""

    root: Path
    settings: LabSettings
    experiments: Mapping[str, Experiment]
    plans: Mapping[str, Plan]
    problems: tuple[DeclarationProblem, ...] = ()  # what was left out of a partial lab
    claims: Mapping[str, ClaimSheet] = field(default_factory=dict)
    questions: Mapping[str, PlanQuestion] = field(default_factory=dict)  # plans of all kinds but allocations

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.settings.lab.name

    @property
    def landing(self) -> Path:
        """Where run files come in; never changed by us."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """Ours: everything in it can be made again from landing and sweeps."""
        return self.root / "warehouse"

    @property
    def sweeps_folder(self) -> Path:
        """Runs that sweeps made: measurements that cannot be repeated, so not part of the warehouse."""
        return self.root / "sweeps"

    @property
    def reports_folder(self) -> Path:
        """Pages and plots for people."""
        return self.root / "reports"


def find_lab(path: Path | None = None) -> Path:
    """The lab's directory: the argument, else SCALING_LAB, else the nearest one from here upwards.

    Raises:
        LabNotFound: there is no lab.toml.
    """
    named = path or (Path(os.environ[LAB_VARIABLE]) if os.environ.get(LAB_VARIABLE) else None)
    if named is not None:
        root = named.expanduser().resolve()
        if not (root / LAB_FILE).is_file():
            raise LabNotFound(path=named)
        return root
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / LAB_FILE).is_file():
            return folder
    raise LabNotFound(path=here)


def load_lab(root: Path, *, partial: bool = False) -> Lab:
    """Read and check a lab.

    Args:
        partial: leave out what is wrong and say so in ``problems`` instead of raising: one mistyped
            declaration must not stop what runs by itself for all the others.

    Raises:
        LabNotFound: no lab.toml.
        PathOutsideLab: a folder or a declaration is a symbolic link that leaves the lab.
        DeclarationErrors: every problem of every file at once.
    """
    root = root.resolve()
    if not (root / LAB_FILE).is_file():
        raise LabNotFound(path=root)
    problems: list[DeclarationProblem] = []
    settings = _settings(root, problems)
    experiments: dict[str, Experiment] = {}
    broken: set[str] = set()
    for path, file in _declarations(root, "experiments", problems):
        document = read_yaml(path, file)
        if settings is not None and settings.gates.looks is not None and isinstance(document.data, dict):
            document.data.setdefault("looks", settings.gates.looks.model_dump())
        experiment, wrong = declare_experiment(document, path.stem)
        problems += wrong
        if experiment is None or wrong:
            broken.add(path.stem)
        else:
            experiments[experiment.name] = experiment
    plans: dict[str, Plan] = {}
    planned: list[Planned] = []
    for path, file in _declarations(root, "plans", problems):
        document = read_yaml(path, file)
        if is_planned(document):
            planned.append(declare_planned(document, path.stem))
            continue
        plan, wrong = declare_plan(document, path.stem)
        if plan is not None:
            wrong = [*wrong, *plan_problems(document, plan, experiments, frozenset(broken))]
        problems += wrong
        if plan is not None and not wrong and not broken & set(plan.experiments):
            plans[plan.name] = plan
    questions = planned_problems(planned, experiments, plans, broken, problems)
    claims: dict[str, ClaimSheet] = {}
    for path, file in _declarations(root, "claims", problems):
        document = read_yaml(path, file)
        sheet, wrong = declare_claims(document, path.stem)
        if sheet is not None:
            wrong = [*wrong, *claim_problems(document, sheet, experiments, frozenset(broken))]
        problems += wrong
        if sheet is not None and not wrong and not broken & set(experiments_of(sheet)):
            claims[sheet.name] = sheet
    if settings is None or (problems and not partial):
        raise DeclarationErrors(str(root), problems)
    lab = Lab(root, settings, experiments, plans, tuple(problems), claims, questions)
    for folder in (lab.landing, lab.warehouse, lab.sweeps_folder, lab.reports_folder):
        inside(root, folder)
    return lab


def inside(root: Path, path: Path) -> Path:
    """The path itself, once it is known to stay in the lab with every symbolic link followed.

    Raises:
        PathOutsideLab: it does not.
    """
    if not path.resolve().is_relative_to(root.resolve()):
        raise PathOutsideLab(path=path, lab=root)
    return path


def _declarations(root: Path, folder: str, problems: list[DeclarationProblem]) -> Iterator[tuple[Path, str]]:
    """The folder's YAML files in order, hidden ones left out, with their names for people."""
    inside(root, root / folder)
    for path in sorted((root / folder).glob("*")):
        if path.name.startswith(".") or path.suffix not in (".yaml", ".yml"):
            continue
        file = f"{folder}/{path.name}"
        if path.suffix == ".yml":
            remedy = f"Rename it to {path.stem}.yaml."
            problems.append(problem(Document(file), (), "the file's name ends in .yml", remedy))
            continue
        yield inside(root, path), file


def _settings(root: Path, problems: list[DeclarationProblem]) -> LabSettings | None:
    document = Document(LAB_FILE)
    try:
        text = inside(root, root / LAB_FILE).read_text(encoding="utf-8-sig")
        document.data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(problem(document, (), f"not TOML: {error}", "Correct the line that is named."))
        return None
    _note_lines(document, text)
    try:
        settings = LabSettings.model_validate(document.data)
    except ValidationError as error:
        problems += of_validation(document, error, LabSettings)
        return None
    location = settings.store.location
    if location is not None and "://" not in location:
        settings = settings.model_copy(
            update={
                "store": settings.store.model_copy(update={"location": str(inside(root, root / location))})
            }
        )
    return settings


def _note_lines(document: Document, text: str) -> None:
    """Lines of tables and keys, for messages: lab.toml is flat, two levels are all there is."""
    table: tuple[str, ...] = ()
    document.lines[()] = 1
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            table = tuple(bare.strip("[] ").split("#")[0].strip(" ]").split("."))
            document.lines.setdefault(table, number)
        elif "=" in bare and not bare.startswith("#"):
            document.lines.setdefault((*table, bare.split("=")[0].strip(' "')), number)
