"""HTML pages from templates: the environment they share, and plotly once per folder of reports.

What belongs here: Jinja2. What does not: what a page says (``summary``) and where it goes (``folder``).
Autoescape is on for every template, so text that people wrote can never become markup; figures
enter as JSON without any character that could end a script.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from scaling_assets.records.experiment import Experiment
from scaling_assets.records.law import Law
from scaling_assets.report import wording
from scaling_assets.report.aside import write_aside
from scaling_assets.report.interactive import script_json


def render(template: str, **values: Any) -> str:
    """The template filled in; a value that the template names and nobody gave is an error."""
    return _environment().get_template(template).render(**values)


def interactive_page(
    experiment: Experiment, figures: Sequence[tuple[Law, go.Figure]], *, plotly_at: str
) -> str:
    """One page with every figure of an experiment; plotly is read from a file beside."""
    shown = [(wording.law_name(law), safe_json(figure)) for law, figure in figures]
    return render("interactive.html.j2", experiment=experiment, figures=shown, plotly_at=plotly_at)


def safe_json(figure: go.Figure) -> Markup:
    """A figure's JSON, fit for a script element."""
    return Markup(script_json(figure))  # escaped by script_json


def plotly_source() -> Markup:
    """plotly.js for a page that needs no other file; its own text never closes the script element."""
    return Markup(get_plotlyjs().replace("</script", "<\\/script"))


def share_plotly(folder: Path) -> Path:
    """Put plotly.js in the folder unless it is there in this version already."""
    path = folder / "plotly.min.js"
    content = get_plotlyjs().encode()
    if not path.exists() or path.stat().st_size != len(content):
        write_aside(path, content)
    return path


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("scaling_assets.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=wording.number, group=wording.group_text, words=lambda text: str(text).replace("_", " ")
    )
    return environment
