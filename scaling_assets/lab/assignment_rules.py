"""What is wrong with a declared assignment, brought to its line.

What belongs here: the place in the file and the remedy. What does not: the rules (``science.assignment``).
"""

from collections.abc import Iterator

from scaling_assets.errors import DeclarationProblem
from scaling_assets.lab.findings import did_you_mean, problem
from scaling_assets.lab.yaml_file import Document
from scaling_assets.records.experiment import Experiment
from scaling_assets.science.assignment import problems_of_design


def assignment_problems(document: Document, experiment: Experiment) -> Iterator[DeclarationProblem]:
    """One problem for each name that the experiment does not declare."""
    for found in problems_of_design(experiment):
        words = found.what.split("'")
        remedy = did_you_mean(words[1] if len(words) > 2 else "", found.known, "Declared")
        if not found.known:
            remedy = "Declare what the assignment needs, or leave this out."
        yield problem(document, ("assignment", *found.place), found.what, remedy)
