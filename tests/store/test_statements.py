"""The reader of .sql files: what ends a statement, what is a parameter, what may become text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_assets.errors import UnknownName
from scaling_assets.store import statements
from scaling_assets.store.statements import (
    Fragment,
    Statement,
    expression_problem,
    identifier,
    literal,
    split,
)

NASTY = "select ';' as a, \"b;c\" from t -- not here; nor $here\n/* nor; {here} */ where x = $x"


def test_only_a_bare_semicolon_ends_a_statement() -> None:
    text = f"{NASTY};\n\ndo $$ begin; $not_me; end $$;\nselect $tag$ ; $tag$;;\n-- a comment at the end;\n"
    assert list(split(text)) == [NASTY, "do $$ begin; $not_me; end $$", "select $tag$ ; $tag$"]


def test_parameters_and_fragments_are_not_found_in_quotes_and_comments() -> None:
    statement = Statement("s", NASTY + " and y in {names} and z = $x and '$no' <> '{no}'")
    assert statement.parameters == ("x",) and statement.fragments == ("names",)
    assert statement.take({"x": 1, "more": 2}) == {"x": 1}
    with pytest.raises(KeyError):
        statement.take({})


def test_psycopg_gets_its_own_placeholders() -> None:
    text = Statement("s", "select '5 %' as a, 7 % $n as b, '$n' as c where d like $d").for_psycopg()
    assert text == "select '5 %%' as a, 7 %% %(n)s as b, '$n' as c where d like %(d)s"


def test_a_fragment_is_the_only_way_into_the_text() -> None:
    statement = Statement("s", "select {names} from {rows}")
    filled = statement.compose(names=Fragment("a, b"), rows=identifier("recorded", "x"))
    assert filled.text == 'select a, b from "recorded"."x"'
    with pytest.raises(TypeError, match="only a Fragment"):
        statement.compose(names="a; drop table b", rows=identifier("x"))  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        statement.compose(names=Fragment("a"))


@pytest.mark.parametrize("bad", ["", "A", "1a", 'a"b', "a b", "a;", "ä", "a" * 64, "a.b", "a\n"])
def test_what_is_no_identifier_never_becomes_one(bad: str) -> None:
    with pytest.raises(ValueError, match="is no identifier"):
        identifier("recorded", bad)


@given(st.text())
def test_a_literal_is_one_token_whatever_it_holds(text: str) -> None:
    around = Statement("s", f"select {literal(text).text} as a")
    assert around.parameters == () and around.fragments == ()
    assert list(split(around.text)) == [around.text]


@given(st.text(alphabet="ab ()'\"-/*;${}", max_size=30))
def test_an_expression_that_passes_cannot_break_out(text: str) -> None:
    if expression_problem(text) is None:
        whole = f"select ({text}) as result"
        assert list(split(whole)) == [whole]
        outside = Statement("s", whole)
        assert outside.parameters == () and outside.fragments == ()


@pytest.mark.parametrize(
    "good", ["a + b", "(a) / nullif(b, 0)", "case when a = 'x;y' then 1 end", '"order" * 2', "-a"]
)
def test_ordinary_expressions_pass(good: str) -> None:
    assert expression_problem(good) is None


def test_an_unknown_statement_is_named() -> None:
    with pytest.raises(UnknownName, match="no statement named 'nonsense'"):
        statements.query("nonsense")


def test_the_installed_package_comes_before_the_checkout(tmp_path, monkeypatch) -> None:
    package = tmp_path / "scaling_assets"
    (package / "store").mkdir(parents=True)
    monkeypatch.setattr(statements, "__file__", str(package / "store" / "statements.py"))
    assert statements.root() == tmp_path / "sql"
    (package / "_sql").mkdir()
    assert statements.root() == package / "_sql"
