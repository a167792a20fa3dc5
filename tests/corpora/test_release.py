"""The released tables: correctly described, complete, and the same when rebuilt from the raw mail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import frictionless
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pixelstudy.corpora import release
from pixelstudy.corpora.by_year import LISTS_BY_YEAR
from pixelstudy.corpora.catalogue import Corpus, CorpusFile, CorpusSet, corpora, find_corpus, sha256_of
from pixelstudy.corpora.release import (
    BEGIN,
    END,
    build_corpus,
    describe,
    described,
    package_descriptor,
    redacted_tables,
)
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.rejudge import SETTINGS
from pixelstudy.extraction.run import Run
from pixelstudy.pixels.urls.address import _TRADE_WORDS as TRADE_WORDS
from pixelstudy.tables import MESSAGES, REJUDGED, RESOURCES, SKIPPED, TABLES, Table
from pixelstudy.tables import RELEASED as RELEASED_TABLES

HOME = Path(__file__).resolve().parents[2]
DATA = HOME / "data"
NAMES = [corpus.name for corpus in corpora()]
RELEASED = [pytest.param(name, table, id=f"{name}-{table.name}") for name in NAMES for table in RELEASED_TABLES]


def released(name: str, table: Table) -> pd.DataFrame:
    return read_table(table.released(), DATA / "corpora" / name)


class TestDescription:
    def test_the_readme_has_the_current_dictionary(self) -> None:
        """A column was changed, or the list of corpora, and `pixelstudy corpora describe` was not run."""
        text = (DATA / "README.md").read_text(encoding="utf-8")
        assert text.count(BEGIN) == text.count(END) == 1
        assert text.partition(BEGIN)[2].partition(END)[0].strip() == described().strip()

    def test_the_descriptor_is_current(self) -> None:
        """The same for datapackage.json."""
        assert json.loads((DATA / "datapackage.json").read_text(encoding="utf-8")) == package_descriptor()

    def test_the_descriptor_is_valid_for_frictionless(self) -> None:
        """A key or type that readers of Data Packages don't know."""
        descriptor = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
        frictionless.Package.validate_descriptor(descriptor)
        assert frictionless.Package.from_descriptor(descriptor).resource_names == [
            f"{name}-{table.name}".replace("_", "-") for name in NAMES for table in RELEASED_TABLES
        ] + ["lists-by-year"]

    def test_exactly_the_described_files_exist(self) -> None:
        """A corpus that was added or renamed, with its tables left behind."""
        paths = {resource["path"] for resource in package_descriptor()["resources"]}  # type: ignore[attr-defined]
        there = {path.relative_to(DATA).as_posix() for path in DATA.glob("corpora/*/*")}
        assert paths == there | {"lists_by_year.csv"}

    def test_describing_again_changes_only_the_generated_part(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        readme = tmp_path / "data" / "README.md"
        readme.write_text(f"# Mine\n\n{BEGIN}\nold\n{END}\n\nAlso mine.\n")
        describe(tmp_path)
        once = readme.read_text()
        assert once == f"# Mine\n\n{BEGIN}\n\n{described()}\n{END}\n\nAlso mine.\n"
        describe(tmp_path)
        assert readme.read_text() == once
        readme.write_text("# Mine\n\n")
        describe(tmp_path)
        assert readme.read_text() == f"# Mine\n\n{BEGIN}\n\n{described()}\n{END}\n"


class TestData:
    @pytest.mark.parametrize(("name", "table"), RELEASED)
    def test_a_file_has_the_columns_of_its_schema(self, name: str, table: Table) -> None:
        """A table made by older code, or a column that must not be released."""
        schema = pq.read_schema(DATA / "corpora" / name / f"{table.name}.parquet")
        assert schema.equals(table.released().schema(), check_metadata=True)

    @pytest.mark.parametrize(("name", "table"), RELEASED)
    def test_values_are_those_of_the_schema(self, name: str, table: Table) -> None:
        """A missing value in a required column, or a value that the dictionary does not list."""
        frame = released(name, table)
        for column in table.released().columns:
            values = frame[column.name]
            assert not (column.required and values.isna().any()), column.name
            assert not column.values or set(values.dropna()) <= set(column.values), column.name
            if column.name.endswith("_share"):
                assert values.between(0, 1).all()
            elif column.type in ("integer", "number"):
                assert (values.dropna() >= 0).all(), column.name

    @pytest.mark.parametrize("name", NAMES)
    def test_messages_and_resources_belong_together(self, name: str) -> None:
        """Tables from two different runs, or rows lost in redaction."""
        messages, resources = released(name, MESSAGES), released(name, RESOURCES)
        assert messages["message_key"].is_unique
        assert messages["message_key"].str.fullmatch(r"[0-9a-f]{16}").all()
        n = resources.groupby("message_key").size().reindex(messages["message_key"], fill_value=0)
        assert n.tolist() == messages["n_resources"].tolist()
        spy = resources[resources["verdict"] == "spy_pixel"].groupby("message_key").size()
        assert spy.reindex(messages["message_key"], fill_value=0).tolist() == messages["n_spy_pixel"].tolist()
        assert (
            resources.groupby("message_key", sort=False)["position"]
            .apply(lambda p: p.tolist() == list(range(len(p))))
            .all()
        )
        assert not (messages["n_resources"].gt(0) & ~messages["has_html"]).any()
        assert (messages["html_bytes"].gt(0) == messages["has_html"]).all()

    @pytest.mark.parametrize("corpus", corpora(), ids=lambda corpus: corpus.name)
    def test_every_message_of_a_corpus_is_in_its_tables(self, corpus: Corpus) -> None:
        """Lost messages, and years from a broken or forged clock."""
        messages, skipped = (
            released(corpus.name, MESSAGES),
            read_table(TABLES[2].released(), DATA / "corpora" / corpus.name),
        )
        assert len(messages) + messages["n_duplicates"].sum() + len(skipped) == corpus.messages + sum(
            one.others for one in corpus.sets
        )
        first, last = min(one.years[0] for one in corpus.sets), max(one.years[1] for one in corpus.sets)
        assert messages["year"].dropna().between(first, last).all()
        assert (messages["year"].dropna() == messages["sent_at"].dt.year.dropna()).all()

    @pytest.mark.parametrize("name", NAMES)
    def test_no_column_names_a_person(self, name: str) -> None:
        """An address, a whole URL or a word of one in any column."""
        messages, resources = released(name, MESSAGES), released(name, RESOURCES)
        for frame in (messages.drop(columns="origin"), resources):
            for column in frame.drop(columns="path_shape", errors="ignore").select_dtypes("str"):
                values = frame[column].dropna()
                assert not values.str.contains(r"@|https?:|%40", regex=True).any(), column
        by_persons = messages["kind"].isin(["personal", "list"])
        assert messages.loc[by_persons, "sender_site"].dropna().str.fullmatch(r"person-\d+").all()
        shapes = resources["path_shape"].dropna()
        words = set(shapes.str.findall(r"[A-Za-z0-9%+]+").explode().dropna())
        cut = {re.findall(r"[A-Za-z0-9%+]*$", shape)[0] for shape in shapes if len(shape) == 120}
        assert words - cut <= TRADE_WORDS | {"9", "h", "w", "x"}

    @pytest.mark.parametrize("name", NAMES)
    def test_what_is_judged_otherwise_by_a_setting_is_a_resource_with_another_verdict(self, name: str) -> None:
        """Keys of the raw tables, rows of an older run, or settings that no longer exist."""
        rejudged, resources = released(name, REJUDGED), released(name, RESOURCES)
        assert not rejudged.duplicated(["setting", "message_key", "position"]).any()
        assert set(rejudged["setting"]) <= {setting.name for setting in SETTINGS}
        both = rejudged.merge(resources, on=["message_key", "position"], suffixes=("", "_as_it_is"))
        assert len(both) == len(rejudged)
        is_same = (both["verdict"] == both["verdict_as_it_is"]) & (
            both["verdict_alone"] == both["verdict_alone_as_it_is"]
        )
        assert not is_same.any()

    def test_the_mailbox_of_one_person_names_no_sender_and_no_file(self) -> None:
        """A list of senders is a list of somebody's shops, bank and doctors, and file names are subjects."""
        messages, resources = released("milter", MESSAGES), released("milter", RESOURCES)
        numbers = r"(?:sender|person)-\d+"
        for column in ("sender_site", "sender_domain"):
            assert messages[column].dropna().str.fullmatch(numbers).all()
        assert set(messages["origin"]) == {"legitimate.tar.xz", "spam.tar.xz"}
        assert (messages["sent_at"].dropna().dt.day == 1).all()
        assert (messages["size_bytes"] % 1000 == 0).all()
        assert messages["message_key"].tolist() == [f"{number:016x}" for number in range(len(messages))]
        of_senders = resources["party"].isin(["first", "same_org"])
        assert resources.loc[of_senders, "host"].dropna().str.fullmatch(r"host-\d+").all()
        for kept in (messages, resources, read_table(SKIPPED.released(), DATA / "corpora" / "milter")):
            for name in kept.drop(columns="path_shape", errors="ignore").select_dtypes("str"):
                assert not kept[name].dropna().str.contains(r"@|%40|://|\.eml", regex=True).any(), name

    @pytest.mark.corpora
    def test_no_raw_sender_and_no_host_of_one_sender_is_in_the_released_mailbox(
        self, extracted: Callable[[str], tuple[Run, Path]]
    ) -> None:
        """The raw senders, and the hosts that only one of them uses, looked for in every column."""
        _, folder = extracted("milter")
        messages, resources = read_table(MESSAGES, folder), read_table(RESOURCES, folder)
        senders = resources["message_key"].map(messages.set_index("message_key")["sender_site"])
        n_senders = senders.groupby(resources["site"]).nunique()
        vendors = set(resources.loc[resources["vendor_confidence"] == "host", "site"])
        raw = {*messages["sender_site"].dropna(), *n_senders.index[n_senders == 1]} - vendors
        raw |= {*messages["sender_address"].dropna()}
        assert len(raw) > 500
        tables = [released("milter", table).drop(columns="url_words", errors="ignore") for table in RELEASED_TABLES]
        held = "\n".join(table.to_csv() for table in tables)  # url_words has words of published rules alone
        words = set(re.findall(r"[\w.@+-]+", held.lower()))
        named = {name for name in raw if any(word == name or word.endswith(f".{name}") for word in words)}
        assert not named

    def test_people_who_write_to_the_lists_become_numbers(self) -> None:
        """Every mail of a list was written by a person."""
        messages, resources = released("lists", MESSAGES), released("lists", RESOURCES)
        for column in ("sender_site", "sender_domain"):
            assert messages[column].dropna().str.fullmatch(r"person-\d+").all()
        assert resources["host"].dropna().str.fullmatch(r"host-\d+").all()

    def test_the_lists_have_no_more_mails_with_html_than_were_counted(self) -> None:
        """A wrong row of lists_by_year.csv, or a list read twice."""
        counted = pd.read_csv(DATA / "lists_by_year.csv").set_index(["part", "year"])
        assert (counted["n_with_html"] <= counted["n_messages"]).all()
        assert list(counted.reset_index().columns) == list(LISTS_BY_YEAR)
        messages = released("lists", MESSAGES)
        messages = messages.assign(part=messages["origin"].str.partition(".")[0])
        n = messages[messages["has_html"]].groupby(["part", "year"]).size()
        share = n / counted["n_with_html"].reindex(n.index)
        assert share.between(0.8, 1.02).all(), share
        assert set(messages["part"]) == set(counted.reset_index()["part"])

    def test_all_tables_together_are_small_enough_for_the_repository(self) -> None:
        """A column that does not compress, or a corpus too many."""
        assert sum(path.stat().st_size for path in DATA.glob("corpora/*/*")) < 15_000_000


def test_a_corpus_is_built_from_raw_mail_and_left_alone_when_it_is_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw" / "tiny" / "one.eml"
    raw.parent.mkdir(parents=True)
    raw.write_bytes(
        b"From: a@example.org\nList-Id: <tea>\nContent-Type: text/html\n\n<img src=https://example.com/a.gif>"
    )
    tiny = Corpus(
        name="tiny", title="one message", origin="https://example.org/", terms="ours", by_hand="write it",
        files=(CorpusFile(path="one.eml", sha256=sha256_of(raw)),),
        sets=(CorpusSet(name="tiny", path="one.eml", messages=1, years=(2024, 2024), about="tea", population="spam"),),
    )  # fmt: skip
    monkeypatch.setattr("pixelstudy.corpora.catalogue.corpora", lambda: (tiny,))
    monkeypatch.setenv("PIXELSTUDY_CORPORA", str(tmp_path / "raw"))
    run = build_corpus("tiny", tmp_path / "home")
    folder = tmp_path / "home" / "data" / "corpora" / "tiny"
    assert run.counts.n_kept == 1
    assert pq.read_table(folder / "messages.parquet")["population"].to_pylist() == ["spam"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{table.name}.parquet" for table in RELEASED_TABLES
    )
    monkeypatch.setattr(release, "extract", lambda *_a, **_k: run)
    (folder / "messages.parquet").unlink()
    assert build_corpus("tiny", tmp_path / "home") == run
    assert (folder / "messages.parquet").is_file()


@pytest.mark.corpora
@pytest.mark.parametrize("name", NAMES)
def test_rebuilding_gives_the_released_tables_row_by_row(
    name: str, extracted: Callable[[str], tuple[Run, Path]]
) -> None:
    """The detector was changed, and `pixelstudy corpora extract` was not run."""
    _, folder = extracted(name)
    for table, data in redacted_tables(folder, find_corpus(name)).items():
        stored: pa.Table = pq.read_table(DATA / "corpora" / name / f"{table.name}.parquet")
        differing = [column for column in data.column_names if not data[column].equals(stored[column])]
        assert not differing, f"{table.name}: {', '.join(differing)}"
        assert data.equals(stored)
