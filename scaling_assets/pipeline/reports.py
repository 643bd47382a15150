"""Write the reports: a folder for each experiment, one page over all."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from scaling_assets.pipeline.assigning import standing_check
from scaling_assets.pipeline.changing import watched
from scaling_assets.pipeline.registering import history
from scaling_assets.pipeline.watching import stale
from scaling_assets.pipeline.workspace import Workspace
from scaling_assets.records.claim import AuditedClaim
from scaling_assets.records.identity import content_id
from scaling_assets.records.law import Law
from scaling_assets.records.planned import PlanAnswer
from scaling_assets.report import asked_and_run, recommendation
from scaling_assets.report.aside import write_aside
from scaling_assets.report.claims_page import claims_page
from scaling_assets.report.folder import write_experiment as write_folder
from scaling_assets.report.plan_page import plan_page
from scaling_assets.report.stale import stale_text
from scaling_assets.report.summary import write_summary
from scaling_assets.science.gates.judge import uneven_arms
from scaling_assets.science.trials.ran import ran

RESULT_ROWS = 50_000  # observations in results.jsonl and results.csv: whoever wants more reads the store
EXPLAIN = "scaling-assets query \"select * from allocation_explained where plan = '{plan}' order by step\""
SHOWN_FINDINGS = 500  # findings about laws on an experiment's page; the view law_findings has all
MANY_LAWS = 1_000  # laws that a page looks at
MANY_GROUPS, FEW_GROUPS = 24, 6  # questions and groups: beyond the first number, so many are shown


def write_experiment(ws: Workspace, name: str) -> Path | None:
    """Write verdict.md, results.jsonl, results.csv and plots of what is visible now.

    Returns the folder, or None when the experiment has no verdicts yet.
    """
    experiment = ws.experiment(name)
    head = ws.store.heads().get(name)
    if head is None or head.verdicts is None or head.trials is None:
        return None
    folder = ws.lab.reports_folder / name
    rows = ws.store.count_observations(name)
    laws = ws.store.read_laws(name, first=MANY_LAWS)
    shown = shown_laws(laws)
    provenance = ws.store.provenance(name)
    trials = ws.store.read_trials(experiment, head.trials)
    facts = {"Updated": asked_and_run.updated(provenance)}
    registered = history(ws, name)
    if registered is not None and registered.gone:
        facts["Registered and no longer declared"] = ", ".join(registered.gone)
    flagged = stale(ws, [name])
    if flagged:
        facts["Stale"] = "; ".join(map(stale_text, flagged))
    if rows > RESULT_ROWS:
        facts["Rows"] = f"{rows:,}; the results files hold the first {RESULT_ROWS:,}"
    if len(shown) < len(laws):
        facts["Laws"] = f"shown are those of the first {FEW_GROUPS} groups; all are in the store"
    write_folder(
        folder,
        experiment,
        observations=ws.store.observations(experiment, limit=RESULT_ROWS),
        laws=shown,
        verdicts=ws.store.read_verdicts(name),
        trials=trials,
        reproduce=asked_and_run.reproduce(experiment, provenance),
        facts=facts,
        findings=ws.store.read_law_findings(name)[:SHOWN_FINDINGS],
        arms=standing_check(ws, name),
        ran=ran(experiment, trials),
        uneven=uneven_arms(experiment, trials),
        watched=watched(ws, name),
    )
    return folder


def shown_laws(laws: Sequence[Law]) -> Sequence[Law]:
    """All laws of a few questions and groups; of many, those of the first ones: each has a plot to be drawn."""
    groups: dict[tuple[str, str], None] = {}
    for law in laws:
        groups.setdefault((law.question, repr(sorted(law.group.items()))))
    kept = set(list(groups)[: FEW_GROUPS if len(groups) > MANY_GROUPS else None])
    return [law for law in laws if (law.question, repr(sorted(law.group.items()))) in kept]


def write_index(ws: Workspace) -> Path:
    """Write index.html, one offline page over every experiment with something to show; returns its path."""
    heads = ws.store.heads()
    experiments = [e for e in ws.chosen(None) if e.name in heads]
    trials = {e.name: ws.store.read_trials(e, heads[e.name].trials or "") for e in experiments}
    return write_summary(
        ws.lab.reports_folder,
        lab=ws.lab.name,
        experiments=experiments,
        trials=trials,
        laws=ws.store.read_laws(),
        verdicts=ws.store.read_verdicts(),
        allocations=ws.store.read_allocations(),
        exponents=published(ws, "exponent_summary"),
        quarantine=published(ws, "quarantine_summary"),
        reproduce=reproduce("EXPERIMENT"),
        law_findings=ws.store.read_law_findings(),
        claims=write_claims(ws),
        plans=write_plans(ws),
        watched=watched(ws),
    )


def write_claims(ws: Workspace) -> list[AuditedClaim]:
    """Write claims.md from the standing audit, or remove it where there is none; returns the audit."""
    path = ws.lab.reports_folder / "claims.md"
    audited = ws.store.read_claims()
    if audited:
        titles = {name: sheet.title for name, sheet in ws.lab.claims.items()}
        write_aside(path, claims_page(audited, titles).encode())
    else:
        path.unlink(missing_ok=True)
    return audited


def write_plans(ws: Workspace) -> list[PlanAnswer]:
    """Write plans/<plan>.md of every standing allocation and answer, remove other pages; returns the answers."""
    folder, answers = ws.lab.reports_folder / "plans", ws.store.read_plan_answers()
    pages = {one.plan: plan_page(one) for one in answers}
    pages |= {
        a.plan: recommendation.page(a, EXPLAIN.format(plan=a.plan))
        for a in ws.store.read_allocations()
        if a.plan in ws.lab.plans
    }
    for path in folder.glob("*.md"):
        if path.stem not in pages:
            path.unlink()
    for name, content in pages.items():
        write_aside(folder / f"{name}.md", content.encode())
    return answers


def published(ws: Workspace, view: str) -> pd.DataFrame:
    """All rows of a published view, by its own name."""
    return ws.store.query(f'select * from "{view}"')


def write_reports(ws: Workspace, names: list[str] | None = None) -> Path:
    """Write every experiment's folder (or those named) and the page over all; returns the page's path."""
    for experiment in ws.chosen(names):
        write_experiment(ws, experiment.name)
    return write_index(ws)


def index_version(ws: Workspace) -> str:
    """Content hash of everything that the page shows."""
    heads = ws.store.heads()
    shown = [(name, heads[name].verdicts) for name in sorted(heads)]
    allocations = sorted(a.allocation_id for a in ws.store.read_allocations())
    known = watched(ws)
    changes = [(c.change_id, c.kind, known.status(c).value, c.is_shown) for c in known.changes]
    claims = sorted(c.claim_id for c in ws.store.read_claims())
    plans = sorted(one.answer_id for one in ws.store.read_plan_answers())
    return content_id(shown, allocations, claims, plans, *([changes] if changes else []))


def reproduce(name: str) -> str:
    """The command that does it all again."""
    return f"scaling-assets run {name} --again"
