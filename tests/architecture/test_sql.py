"""The conventions of sql/README.md hold for every file: headers, names, and nothing that nobody uses."""

import re
from pathlib import Path

import pytest

from scaling_assets.store import checks, statements
from scaling_assets.store.statements import Statement, read

ROOT = Path(__file__).parents[2]
SQL = ROOT / "sql"
FILES = sorted(SQL.rglob("*.sql"))
PACKAGE = {
    path: path.read_text(encoding="utf-8") for path in (ROOT / "scaling_assets" / "store").glob("*.py")
}
STATEMENTS = [(path, s) for path in FILES for s in read(path)]
NAMED = [(path, s) for path, s in STATEMENTS if path.parent.name in ("queries", "postgres")]
FIELDS = {
    "tables": ("Purpose", "Grain"),
    "migrations": ("Purpose",),
    "views": ("Purpose", "Grain", "Reads", "Used by"),
    "checks": ("Purpose", "Asset", "Severity", "Passes when", "Grain"),
    "queries": ("Purpose", "Grain", "Used by"),
    "postgres": ("Purpose", "Grain", "Used by"),
}
#: Words for quantities that are unclear without a unit: a column that ends so needs a suffix.
NEEDS_UNIT = re.compile(r"(?:duration|latency|time|size|weight|length|memory|share|elapsed)$")


def label(value: object) -> str:
    return str(value.relative_to(SQL)) if isinstance(value, Path) else getattr(value, "name", str(value))


def header_of(path: Path, statement: Statement) -> str:
    return (
        statement.header
        if path.parent.name in ("queries", "postgres", "views", "checks")
        else path.read_text()
    )


def test_there_is_something_to_judge() -> None:
    assert {path.parent.name for path in FILES} == set(FIELDS)
    assert len(STATEMENTS) > 60


@pytest.mark.parametrize("path", FILES, ids=label)
def test_files_have_names_in_snake_case(path: Path) -> None:
    assert re.fullmatch(r"(\d{4}_)?[a-z][a-z0-9]*(_[a-z0-9]+)*\.sql", path.name)
    assert bool(re.match(r"\d{4}_", path.name)) == (path.parent.name == "migrations")


def test_every_statement_has_its_header() -> None:
    missing = [
        f"{label(path)}: {statement.name} lacks '{field}:'"
        for path, statement in STATEMENTS
        for field in FIELDS[path.parent.name]
        if not re.search(rf"^-- {field}: \S", header_of(path, statement), re.MULTILINE)
    ]
    assert not missing, "\n".join(missing)


def test_headers_name_exactly_the_parameters_and_fragments() -> None:
    wrong = []
    for path, statement in STATEMENTS:
        if path.parent.name in ("tables", "migrations"):
            continue
        header = " ".join(line.removeprefix("--") for line in statement.header.splitlines())
        parameters = re.search(r"Parameters:(.*?)(?:Fragments:|Reads:|Used by:|$)", header)
        said = set(re.findall(r"\$([a-z_]+)", parameters[1])) if parameters else set()
        if said != set(statement.parameters):
            wrong.append(f"{label(path)} {statement.name}: says ${said}, takes ${set(statement.parameters)}")
        fragments = set(re.findall(r"\{([a-z_]+)\}", header))
        if fragments != set(statement.fragments):
            wrong.append(
                f"{label(path)} {statement.name}: says {fragments}, takes {set(statement.fragments)}"
            )
    assert not wrong, "\n".join(wrong)


def test_every_named_statement_is_used_where_its_header_says() -> None:
    wrong = []
    for path, statement in NAMED:
        used_by = re.search(r"^-- Used by: (.+)$", statement.header, re.MULTILINE)
        users = {p.name for p, text in PACKAGE.items() if re.search(rf"[\"']{statement.name}[\"']", text)}
        said = {Path(word.strip()).name for word in used_by[1].split(",")} if used_by else set()
        if not users or not said <= users:
            wrong.append(f"{label(path)} {statement.name}: used by {sorted(users)}, says {sorted(said)}")
    assert not wrong, "\n".join(wrong)


def test_names_of_statements_are_their_own() -> None:
    names = [s.name for path, s in NAMED]
    assert len(names) == len(set(names))
    assert all(re.search(rf"^-- name: {s.name}$", s.header, re.MULTILINE) for _, s in NAMED)


@pytest.mark.parametrize("path", sorted((SQL / "tables").glob("*.sql")), ids=label)
def test_a_table_has_the_name_of_its_file_and_columns_with_units(path: Path) -> None:
    [statement] = read(path)
    assert statement.text.startswith(f"create table ledger.{path.stem} (")
    columns = re.findall(r"^    ([a-z_0-9]+) (\w+)", statement.text, re.MULTILINE)
    names = [name for name, kind in columns if name not in ("primary", "unique")]
    assert names and all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names)
    assert not [name for name in names if NEEDS_UNIT.search(name)]
    booleans = [name for name, kind in columns if kind == "boolean"]
    assert all(name.startswith(("is_", "has_")) for name in booleans)


@pytest.mark.parametrize("path", sorted((SQL / "views").glob("*.sql")), ids=label)
def test_a_view_has_the_name_of_its_file(path: Path) -> None:
    [statement] = read(path)
    assert re.match(rf"create view {path.stem} as\n", statement.text)
    assert "select *" not in statement.text


@pytest.mark.parametrize("path", sorted((SQL / "checks").glob("*.sql")), ids=label)
def test_a_check_is_one_query_about_one_asset(path: Path) -> None:
    [statement] = read(path)
    [found] = [c for c in checks.available() if c.name == path.stem]
    assert found.asset in ("observations", "trials", "laws", "verdicts", "allocations")
    assert found.severity in ("blocker", "warning")
    assert "-- Passes when: no rows" in statement.header
    assert statement.text.startswith("select ")
    assert set(statement.fragments) <= checks.FRAGMENT_NAMES


def test_keywords_are_in_lower_case() -> None:
    shouting = re.compile(r"\b(SELECT|FROM|WHERE|INSERT|DELETE|UPDATE|CREATE|JOIN|GROUP|ORDER)\b")
    assert not [label(path) for path, statement in STATEMENTS if shouting.search(statement.text)]


def test_the_readme_explains_every_folder_and_fragment() -> None:
    text = (SQL / "README.md").read_text(encoding="utf-8")
    for folder in FIELDS:
        assert f"`{folder}/`" in text, folder
    for name in checks.FRAGMENT_NAMES:
        assert f"`{{{name}}}`" in text, name


def test_the_store_finds_these_files() -> None:
    assert statements.root() == SQL
