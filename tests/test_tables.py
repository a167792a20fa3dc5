"""The tables: one schema, and everything that is made of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pixelstudy.corpora.dictionary import data_dictionary, data_package
from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_stacked, read_table, to_arrow, write_arrow
from pixelstudy.mail.clock import Clock
from pixelstudy.mail.kinds import Kind
from pixelstudy.mail.populations import Population
from pixelstudy.pixels.carriers import LoadsIn
from pixelstudy.pixels.examine import Resource
from pixelstudy.pixels.urls.address import Party
from pixelstudy.pixels.urls.vendors import vendor_table
from pixelstudy.pixels.verdict import VerdictName
from pixelstudy.tables import EVIDENCE, MESSAGES, RESOURCES, SKIPPED, TABLES, Column, Table

COLUMNS = [
    pytest.param(table, column, id=f"{table.name}.{column.name}") for table in TABLES for column in table.columns
]
TEA = Table(
    "tea",
    "a pot",
    (
        Column("pot", "text", "Its name.", required=True),
        Column("cups", "integer", "How many it holds."),
        Column("warm_c", "number", "How warm it is.", unit="°C"),
        Column("is_full", "boolean", "Whether it is full.", required=True),
        Column("made_at", "time", "When it was made.", unit="UTC"),
        Column("leaf", "text", "What is in it.", values=("black", "green"), released=False),
    ),
)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_names_say_unit_and_type(table: Table, column: Column) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
    assert column.meaning.endswith((".", ")."))
    assert "|" not in column.meaning
    assert column.name.startswith(("is_", "has_")) == (column.type == "boolean")
    assert column.name.endswith("_at") == (column.type == "time")
    unit = re.search(r"_(px|bytes|bits)$", column.name)
    assert unit is None or column.unit == unit[1]
    assert not column.name.startswith("n_") or column.type == "integer"


@pytest.mark.parametrize(
    ("table", "name", "values"),
    [
        (MESSAGES, "population", get_args(Population)),
        (MESSAGES, "kind", get_args(Kind)),
        (MESSAGES, "clock", get_args(Clock)),
        (RESOURCES, "loads_in", get_args(LoadsIn)),
        (RESOURCES, "party", get_args(Party)),
        (RESOURCES, "verdict", get_args(VerdictName)),
        (RESOURCES, "vendor_kind", sorted({rule.kind for rule in vendor_table()})),
        (RESOURCES, "vendor_confidence", sorted({rule.confidence for rule in vendor_table()})),
    ],
)
def test_the_values_a_column_lists_are_those_the_code_writes(table: Table, name: str, values: tuple[str, ...]) -> None:
    assert set(values) <= set(table.column(name).values)


def test_a_resource_is_a_row() -> None:
    assert ("message_key", *Resource._fields) == tuple(name for name in RESOURCES.names if name not in EVIDENCE)


def test_what_stays_on_the_machine() -> None:
    kept_back = {(table.name, column.name) for table in TABLES for column in table.columns if not column.released}
    assert kept_back == {
        ("messages", "labels"),
        ("messages", "sender_address"),
        ("messages", "list_id"),
        ("messages", "recipients_key"),
        ("messages", "issue_key"),
        ("resources", "url"),
        ("resources", "token"),
        ("skipped", "detail"),
    }
    assert RESOURCES.released().names == tuple(name for name in RESOURCES.names if name not in {"url", "token"})


def test_an_unknown_column_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="skipped has no column 'why'; it has origin, offset"):
        SKIPPED.column("why")


def test_tables_come_back_as_they_went(tmp_path: Path) -> None:
    made = pd.Timestamp("2002-08-22 12:36:23.5", tz="UTC")
    columns = {
        "pot": ["a", "Ü"], "cups": [3, None], "warm_c": [70.5, None], "is_full": [True, False],
        "made_at": [made.to_pydatetime(), None], "leaf": [None, "green"],
    }  # fmt: skip
    write_arrow(to_arrow(TEA, columns), tmp_path / "tea.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["tea.parquet"]
    frame = read_table(TEA, tmp_path)
    assert frame["cups"].dtype == pd.Int64Dtype()
    assert frame["cups"].isna().tolist() == [False, True]
    assert isinstance(frame["pot"].dtype, pd.StringDtype)
    assert frame["made_at"].tolist()[0] == made
    assert str(frame["made_at"].dt.tz) == "UTC"
    assert list(read_table(TEA, tmp_path, columns=["leaf"]).columns) == ["leaf"]


def test_a_value_of_another_type_is_refused() -> None:
    columns = {name: [None] for name in TEA.names} | {"cups": ["three"]}
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        to_arrow(TEA, columns)


def test_a_table_that_is_missing_or_none_is_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tea\.parquet does not exist; make it with: pixelstudy extract"):
        read_table(TEA, tmp_path)
    (tmp_path / "tea.parquet").write_text("leaves")
    with pytest.raises(UserError, match=r"can't be read as Parquet .*; extract it anew") as caught:
        read_table(TEA, tmp_path)
    assert "\n" not in str(caught.value)


def test_the_dictionary_holds_every_column() -> None:
    assert data_dictionary([TEA]) == (
        "### `tea.parquet`\n\nOne row is a pot.\n\n"
        "| column | type | unit | released | meaning |\n|---|---|---|---|---|\n"
        "| `pot` | text |  | yes | Its name. |\n"
        "| `cups` | integer |  | yes | How many it holds. Can be missing. |\n"
        "| `warm_c` | number | °C | yes | How warm it is. Can be missing. |\n"
        "| `is_full` | boolean |  | yes | Whether it is full. |\n"
        "| `made_at` | time | UTC | yes | When it was made. Can be missing. |\n"
        "| `leaf` | text |  | no | What is in it. One of `black`, `green`. Can be missing. |\n"
    )


def test_the_package_describes_what_is_released_alone() -> None:
    package = data_package([("tea", TEA, "pots/tea.parquet")], name="pots")
    (resource,) = package["resources"]
    assert package["name"] == "pots"
    assert (resource["path"], resource["description"]) == ("pots/tea.parquet", "One row is a pot.")
    assert [(field["name"], field["type"]) for field in resource["schema"]["fields"]] == [
        ("pot", "string"), ("cups", "integer"), ("warm_c", "number"), ("is_full", "boolean"), ("made_at", "datetime"),
    ]  # fmt: skip
    assert resource["schema"]["fields"][0]["constraints"] == {"required": True}
    assert resource["schema"]["fields"][2]["unit"] == "°C"


def test_a_column_that_an_older_version_did_not_write_is_there_and_empty(tmp_path: Path) -> None:
    names = [name for name in SKIPPED.released().names if name != "reason"]
    pq.write_table(pa.table({name: pa.array(["x"]) for name in names}), tmp_path / "skipped.parquet")
    assert read_table(SKIPPED, tmp_path)["reason"].isna().tolist() == [True]
    assert read_table(SKIPPED, tmp_path, columns=["origin", "reason"]).columns.tolist() == ["origin", "reason"]


def test_several_tables_are_one_frame_with_text_kept_once(tmp_path: Path) -> None:
    pots = {"pot": ["a", "b"], "cups": [1, None], "warm_c": [0.5, None], "is_full": [True, False]}
    pots |= {"made_at": [None, None], "leaf": ["black", None]}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_arrow(to_arrow(TEA, pots), tmp_path / name / "tea.parquet")
    folders = [(name, tmp_path / name) for name in ("two", "one")]
    found = read_stacked(TEA.released(), folders, named="shelf", plain=["pot"])
    assert list(found.columns) == ["pot", "cups", "warm_c", "is_full", "made_at", "shelf"]
    assert found["shelf"].tolist() == ["two", "two", "one", "one"]
    assert (found["pot"].dtype, found["cups"].dtype) == ("str", "Int64")
    assert found["pot"].tolist() == ["a", "b", "a", "b"]
    whole = read_stacked(TEA, folders, named="shelf")
    assert whole["leaf"].dtype == "category"
    assert whole["leaf"].astype("object").where(whole["leaf"].notna(), None).tolist() == ["black", None] * 2
    with pytest.raises(UserError, match=r"three/tea\.parquet does not exist"):
        read_stacked(TEA, [("three", tmp_path / "three")], named="shelf")
