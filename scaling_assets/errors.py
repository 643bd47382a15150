"""One family of errors for the whole package.

What belongs here: every error a user can meet. The first paragraph of a class's docstring is its
message (a format string over the facts given), the class attribute ``remedy`` says what to do.
What does not: bad rows of an incoming file. Those are data (quarantine), not errors.
"""

import inspect
from collections.abc import Sequence
from typing import Any


class ScalingError(Exception):
    """Something went wrong: {problem}"""

    remedy = "Run the command again with --help, or see README.md."

    def __init__(self, *, remedy: str | None = None, **facts: Any) -> None:
        self.facts = facts
        self.remedy = (remedy or type(self).remedy).format_map(_Known(facts))
        paragraph = (inspect.getdoc(type(self)) or "").split("\n\n")[0].replace("\n", " ")
        self.message = paragraph.format_map(_Known(facts))
        super().__init__(f"{self.message} {self.remedy}")


class _Known(dict[str, Any]):
    """Leaves a fact that nobody gave visible in the message instead of hiding the real error."""

    def __missing__(self, key: str) -> str:
        return f"<{key} not given>"


class LabNotFound(ScalingError):
    """No lab at {path}: there is no lab.toml in it."""

    remedy = "Pass --lab DIR, set SCALING_LAB, or make one with 'scaling-assets init DIR'."


class LabExists(ScalingError):
    """{path} already holds files, so no lab was made there."""

    remedy = "Choose an empty or new directory."


class DeclarationProblem(ScalingError):
    """{file}{at}: {field}: {problem}."""

    remedy = "Correct the field; 'scaling-assets check' shows every problem of the lab at once."


class DeclarationErrors(ScalingError):
    """{count} problem(s) in the declarations of the lab at {path}:
    {listing}"""

    remedy = "Correct the named fields, then run 'scaling-assets check'."

    def __init__(self, path: str, problems: Sequence[DeclarationProblem]) -> None:
        self.problems = tuple(problems)
        listing = "\n".join(f"  - {p.message} {p.remedy}" for p in problems)
        super().__init__(path=path, count=len(problems), listing="\n" + listing + "\n")


class UnknownName(ScalingError):
    """There is no {kind} named {name!r}."""

    remedy = "Known: {known}."


class PathOutsideLab(ScalingError):
    """{path} lies outside the lab at {lab}."""

    remedy = "Paths in a lab stay inside it, symbolic links included: move the file into the lab."


class UnreadableFile(ScalingError):
    """{path} cannot be read as {format}: {problem}"""

    remedy = "Mend the file and land it under a new name; nothing of it was taken in."


class FileChanging(UnreadableFile):
    """{path} changed while it was being read."""

    remedy = "Nothing of it was taken in; it is looked at again once it has settled."


class IntakeMismatch(ScalingError):
    """The store was given {given} rows of {path} for {experiment} and can account for {found}."""

    remedy = "Nothing of the file was taken in. Report this with the file: it is a fault of the program."


class StoreBusy(ScalingError):
    """Another process has been writing {path} for more than {seconds:.0f} s."""

    remedy = "Wait for it to finish, or look for a stuck run in the Dagster UI."


class StoreTooNew(ScalingError):
    """The store at {path} has schema version {found}, this program knows {known}."""

    remedy = "Install the newer scaling-assets, or point at another store."


class StoreUnreachable(ScalingError):
    """The store at {path} cannot be opened: {problem}"""

    remedy = "Check SCALING_ASSETS_STORE and that the server is up and the role may connect."


class VersionGone(ScalingError):
    """The {noun} of {experiment} in version {version} are not in the store, so nothing was made visible."""

    remedy = "Another run has moved the experiment on meanwhile; run it again."


class ColumnsNotDeclared(ScalingError):
    """Rows for {experiment} carry columns that its declaration in the store lacks: {columns}."""

    remedy = "Declare the experiment to the store again before appending."


class QueryProblem(ScalingError):
    """The query cannot be answered: {problem}"""

    remedy = "Ask with one SELECT statement; sql/views lists the views that people read."


class NothingPublished(ScalingError):
    """Nothing has been published yet at {path}."""

    remedy = "Run 'scaling-assets run' first."


class WorkloadFailed(ScalingError):
    """The {kind} sweep of {experiment} failed: {problem}"""

    remedy = "Nothing of this sweep was kept. Correct the cause and run the experiment again."


class WrongFamily(ScalingError):
    """The law family {family} contradicts its own declaration: {problems}"""

    remedy = "Correct scaling_assets/science/laws/{family}.py; the contract is in laws/family.py."


class LawNotUsable(ScalingError):
    """The law {law} cannot be used here: {problem}"""

    remedy = "See 'scaling-assets laws' for every law with its status."


class PlanTooLarge(ScalingError):
    """The plan cannot be searched exactly: {what}; the limit is {limit}."""

    remedy = "Choose a larger 'step' or a narrower range for the dimensions named."


class NoAssignment(ScalingError):
    """{experiment} declares no assignment, so that no unit has an arm."""

    remedy = "Add an 'assignment' to its declaration; README.md shows one."


class ExtrapolationRefused(ScalingError):
    """{law} at {at} lies {ratio:.3g}x outside the measured range; the limit is {limit:.3g}x."""

    remedy = "Measure closer to the target, or override with --beyond RATIO --reason TEXT."


class FitInterrupted(ScalingError):
    """A process that was fitting {problems} question(s) ended before its work was done (exit code {code})."""

    remedy = (
        "Nothing of this refit was kept; run it again. When memory is short, set SCALING_ASSETS_PROCESSES=1: "
        "everything is then fitted in one process."
    )


class NotACount(ScalingError):
    """{name} is {value!r}, not a whole number above 0."""

    remedy = "Correct the environment variable, or remove it."


class BaselineProblem(ScalingError):
    """The baseline {baseline} cannot be used: {problem}"""

    remedy = "See 'scaling-assets baseline list'; 'scaling-assets baseline export' writes a file."
