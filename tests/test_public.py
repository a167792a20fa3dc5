"""The public names: what they are, that they come cheap, and what they return."""

from __future__ import annotations

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import pixelstudy as ps
from pixelstudy.measure.prevalence import prevalence, vendor_shares

SOURCE = ast.parse(Path(ps.__file__).read_text(encoding="utf-8"))
MAIL = b"From: shop@shop.example\nTo: %b@example.org\nContent-Type: text/html\n\n<img src=https://t.example/%b.gif>"


@pytest.fixture(scope="module")
def study() -> ps.Study:
    return ps.open_study("released")


def imported_for_types() -> set[str]:
    (block,) = (node for node in SOURCE.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom) and node.module != "typing"]
    return {alias.name for node in imports for alias in node.names}


def test_type_checkers_see_every_public_name_and_no_other() -> None:
    assert imported_for_types() | {"UserError"} == set(ps.__all__)


@pytest.mark.parametrize("name", ps.__all__)
def test_every_public_name_is_there_and_its_docstring_has_an_example(name: str) -> None:
    found = getattr(ps, name)
    assert name in dir(ps)
    assert inspect.getdoc(found)
    tests = doctest.DocTestFinder(recurse=False).find(found, name)
    assert any(test.examples for test in tests), f"{name} has no example"


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'pixelstudy' has no attribute 'tea'"):
        _ = ps.tea  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        from pixelstudy import tea  # type: ignore[attr-defined]  # noqa: F401


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, pixelstudy\nfrom pixelstudy import UserError\ndir(pixelstudy)\n"
        "heavy = {'pandas', 'pyarrow', 'numpy', 'matplotlib', 'turbohtml', 'tldextract', 'IPython', 'typer'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# Tables


def test_extracted_tables_are_the_same_kind_of_thing_as_the_released_ones(study: ps.Study, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL % (b"ann", b"a"))
    assert ps.extract(tmp_path / "a.eml", tmp_path / "tables").counts.n_kept == 1
    tables = ps.read_tables(tmp_path / "tables")
    assert type(tables) is type(study)
    assert (len(tables.messages), len(tables.resources), len(tables.skipped)) == (1, 1, 0)
    assert set(study.messages) < set(tables.messages)
    assert list(tables.resources) == list(study.resources)
    assert ps.prevalence(tables)["method"].item() == "refused: under 30 messages"
    assert ps.prevalence(ps.read_tables(tmp_path / "tables", populations=["spam"]))["n"].item() == 0


def test_a_folder_without_tables_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ps.UserError, match=r"messages\.parquet does not exist; make it with: pixelstudy extract"):
        ps.read_tables(tmp_path)


# Shares


def test_the_share_is_that_of_the_messages_with_html_that_are_measured(study: ps.Study) -> None:
    messages = study.messages[study.is_solicited & study.messages["has_html"]]
    (row,) = ps.prevalence(study).to_dict("records")
    assert (row["n"], row["n_with"]) == (len(messages), (messages["n_spy_pixel"] > 0).sum())
    assert row["low"] < row["share"] < row["high"]


@pytest.mark.parametrize("by", ["year", "sender", "vendor", "kind", "corpus", ["corpus", "kind"]])
def test_groups_are_those_of_the_room_that_measures(study: ps.Study, by: str | list[str]) -> None:
    messages = study.messages[study.is_solicited & study.messages["has_html"]]
    found = ps.prevalence(study, by=by)
    keys = [by] if isinstance(by, str) else by
    assert list(found) == [*keys, "n", "n_with", "share", "low", "high", "n_senders", "sender_share", "method"]
    if by == "vendor":
        expected = vendor_shares(messages, study.resources)
    else:
        expected = prevalence(messages, study.has_pixel(messages), by="sender_site" if by == "sender" else by)
    expected = expected.rename(columns={"sender_site": "sender", "n_messages": "n"})[list(found)]
    pd.testing.assert_frame_equal(found, expected)


def test_a_definition_changes_the_share_and_a_wrong_one_is_named(study: ps.Study) -> None:
    shares = {name: ps.prevalence(study, name)["share"].item() for name in ("any_remote", "spy_pixel", "declared_1x1")}
    assert shares["declared_1x1"] < shares["spy_pixel"] < shares["any_remote"]
    for ask in ({"definition": "tea"}, {"by": "tea"}):
        with pytest.raises(ps.UserError, match="tea"):
            ps.prevalence(study, **ask)


def test_every_definition_is_listed_with_its_source() -> None:
    table = ps.definitions()
    assert {"spy_pixel", "hey_like", "declared_1x1"} <= set(table["name"])
    assert table["name"].is_unique
    assert table[["title", "source", "group"]].map(bool).all(axis=None)


def test_vendors_are_the_rows_of_the_file() -> None:
    years = {"first_year": "Int64", "last_year": "Int64"}
    path = Path(ps.__file__).parent / "pixels" / "urls" / "vendors.csv"
    expected = pd.read_csv(path, dtype=dict.fromkeys(ps.vendors(), "str") | years, na_filter=True).fillna({"path": ""})
    expected = expected.fillna({name: "" for name in expected if name not in years})
    pd.testing.assert_frame_equal(ps.vendors(), expected, check_dtype=False)


# Messages and pages


def test_two_copies_are_compared_as_text_and_in_a_notebook() -> None:
    compared = ps.compare(MAIL % (b"ann", b"5e78d7ef2297"), MAIL % (b"bob", b"2ed123267931"))
    assert "RESOURCES THAT DIFFER (proven individual): 1" in repr(compared)
    page = compared._repr_html_()
    assert page.startswith("<pre>")
    assert "<img" not in page


def test_a_message_is_explained_as_text_and_in_a_notebook() -> None:
    explained = ps.explain(MAIL % (b"ann", b"a"))
    assert "Nothing was loaded." in repr(explained)
    assert "<table>" in explained._repr_html_()


def test_a_report_is_written_of_a_folder_or_of_a_study_of_one_mailbox(study: ps.Study, tmp_path: Path) -> None:
    folder = dict(study.tables)["unspy"]
    by_folder = ps.report(folder, tmp_path / "a.html")
    by_study = ps.report(ps.read_tables(folder), tmp_path / "b.html")
    assert by_folder.read_text(encoding="utf-8") == by_study.read_text(encoding="utf-8")
    with pytest.raises(
        ps.UserError, match="a report is about one mailbox, and this study has csdmc2010, lists, markup"
    ):
        ps.report(study, tmp_path / "c.html")
