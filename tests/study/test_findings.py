"""The headline numbers, computed again from the released tables by code that shares nothing with the study's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.mark.parametrize(
    ("mail", "populations"), [("wanted", ["received"]), ("spam", ["spam"]), ("both", ["received", "spam"])]
)
def test_the_shares_of_the_mailbox_are_those_that_plain_pandas_gives(mail: str, populations: list[str]) -> None:
    messages = pd.read_parquet(DATA / "corpora/milter/messages.parquet").query("population in @populations")
    resources = pd.read_parquet(DATA / "corpora/milter/resources.parquet")
    has = messages["message_key"].isin(resources.loc[resources["verdict"] == "spy_pixel", "message_key"])
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["02-measure-prevalence"]
    recorded = found["mailbox"][mail]
    assert (recorded["n_messages"], recorded["n_with"]) == (len(has), has.sum())
    assert recorded["share"] == pytest.approx(has.mean(), abs=5e-5)
    sender = messages["sender_site"].fillna(messages["message_key"])  # without a sender, a message is one of its own
    assert recorded["sender_share"] == pytest.approx(has.groupby(sender).mean().mean(), abs=5e-5)


def test_the_share_of_the_newsletters_is_the_one_that_plain_pandas_gives() -> None:
    messages = pd.read_parquet(DATA / "corpora/markup/messages.parquet").query("has_html and kind == 'newsletter'")
    resources = pd.read_parquet(DATA / "corpora/markup/resources.parquet").query("verdict == 'spy_pixel'")
    has = messages["message_key"].isin(resources["message_key"])
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["02-measure-prevalence"]
    assert found["headline"]["n_messages"] == len(has)
    assert found["headline"]["share"] == pytest.approx(has.mean(), abs=5e-5)
    assert found["headline"]["sender_share"] == pytest.approx(
        has.groupby(messages["sender_site"]).mean().mean(), abs=5e-5
    )


@pytest.mark.parametrize(("column", "judged"), [("verdict", "with_the_mailbox"), ("verdict_alone", "alone")])
@pytest.mark.parametrize(
    ("by", "group", "name"), [("population", "received", "milter_wanted"), ("sight", "unknown", "unknown")]
)
@pytest.mark.parametrize("sight", ["first_sight", "second_sight"])
def test_the_accuracy_at_each_sight_is_the_one_that_plain_pandas_gives(
    sight: str, by: str, group: str, name: str, column: str, judged: str
) -> None:
    labels = pd.read_csv(DATA / f"labels/{sight}.csv")
    labels = labels[
        (labels[by] == group) & (labels["corpus"].isin(["milter"] if by == "population" else ["milter", "lists"]))
    ]
    true, said = labels["label"] == "spy_pixel", labels[column] == "spy_pixel"
    right = labels.loc[true & said, "weight"].sum()
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["06-check-the-detector"]
    recorded = found[sight][f"spy_pixel_{judged}_{name}"]
    for rate, rows in (("precision", said), ("recall", true)):
        expected = right / labels.loc[rows, "weight"].sum() if rows.sum() >= 10 else None  # under ten nothing is said
        assert recorded[rate] == (expected and pytest.approx(expected, abs=5e-5))


def released(corpus: str, query: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    folder = DATA / "corpora" / corpus
    messages = pd.read_parquet(folder / "messages.parquet").query(query)
    return messages, pd.read_parquet(folder / "resources.parquet"), pd.read_parquet(folder / "rejudged.parquet")


NEWSLETTERS = ("markup", "has_html and kind == 'newsletter'", "newsletters with HTML (markup)")
WANTED = ("milter", "population == 'received'", "messages of one person's wanted mail (milter)")


@pytest.mark.parametrize(("corpus", "query", "name"), [NEWSLETTERS, WANTED])
def test_the_headline_by_every_setting_is_the_one_that_plain_pandas_gives(corpus: str, query: str, name: str) -> None:
    messages, resources, rejudged = released(corpus, query)
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["06-check-the-detector"]
    settings = [setting for setting in found["moved"][name] if not setting.startswith(("senders", "evidence", "as it"))]
    assert len(settings) == 19
    for setting in settings:
        changed = rejudged[rejudged["setting"] == setting][["message_key", "position", "verdict"]]
        after = pd.concat([changed, resources[["message_key", "position", "verdict"]]])
        after = after.drop_duplicates(["message_key", "position"])  # the changed verdict comes first
        has = messages["message_key"].isin(after.loc[after["verdict"] == "spy_pixel", "message_key"])
        recorded = found["moved"][name][setting]
        assert (recorded["n_messages"], recorded["n_with"]) == (len(has), has.sum()), setting
        assert recorded["share"] == pytest.approx(has.mean(), abs=5e-5)


@pytest.mark.parametrize(("corpus", "query", "name"), [NEWSLETTERS, WANTED])
def test_what_hangs_on_areas_sizes_and_senders_is_seen_in_the_released_columns(
    corpus: str, query: str, name: str
) -> None:
    messages, resources, _ = released(corpus, query)
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["06-check-the-detector"]["moved"]
    spy = resources[resources["verdict"] == "spy_pixel"]
    area = spy["width_px"] * spy["height_px"]
    is_small = spy["hidden_by"].notna() | (area <= 0) | area.isna()
    kept = spy.loc[is_small, "message_key"]
    assert found[name]["largest dot: 0 px²"]["n_with"] == messages["message_key"].isin(kept).sum()
    alone = resources.loc[resources["verdict_alone"] == "spy_pixel", "message_key"]
    assert found[name]["evidence of the mailbox: not used"]["n_with"] == messages["message_key"].isin(alone).sum()
    has = messages["message_key"].isin(spy["message_key"])
    sender = messages["sender_site"].fillna(messages["message_key"])
    for unit, counted in (
        (sender, "each once"),
        (sender.str.replace(r"^house.gov-\d+", "house.gov", regex=True), "each site once"),
    ):
        assert found[name][f"senders: {counted}"]["share"] == pytest.approx(has.groupby(unit).mean().mean(), abs=5e-5)


@pytest.mark.parametrize(("rules", "setting"), [("all rules", ""), ("without vendor rules", "vendor rules: none")])
def test_what_labels_say_without_vendor_rules_is_what_plain_pandas_gives(rules: str, setting: str) -> None:
    labels = pd.read_csv(DATA / "labels/first_sight.csv").query("corpus == 'milter' and population == 'received'")
    _, resources, rejudged = released("milter", "population == 'received'")
    changed = rejudged[rejudged["setting"] == setting]
    columns = ["message_key", "position", "verdict"]
    after = pd.concat([changed[columns], resources[columns]]).drop_duplicates(columns[:2])
    rows = labels.drop(columns="verdict").merge(after, on=columns[:2])
    true, said = rows["label"] == "spy_pixel", rows["verdict"] == "spy_pixel"
    right = rows.loc[true & said, "weight"].sum()
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["06-check-the-detector"]
    recorded = found["without_rules"][f"first_sight.csv, milter, wanted, {rules}"]
    assert recorded["precision"] == pytest.approx(right / rows.loc[said, "weight"].sum(), abs=5e-5)
    assert recorded["recall"] == pytest.approx(right / rows.loc[true, "weight"].sum(), abs=5e-5)


def test_the_recall_of_a_published_rule_at_first_sight_is_what_plain_pandas_gives() -> None:
    labels = pd.read_csv(DATA / "labels/first_sight.csv").query("corpus == 'milter' and population == 'received'")
    resources = pd.read_parquet(DATA / "corpora/milter/resources.parquet")
    rows = labels.merge(resources, on=["message_key", "position"], suffixes=("", "_now"))
    is_attribute = (rows["carrier"] == "img src") & (rows["loads_in"] == "all") & (rows["declared_from"] == "attribute")
    said = is_attribute & (rows["declared_width"] == "1") & (rows["declared_height"] == "1")
    true, right = rows["label"] == "spy_pixel", rows["label"].isin(["spy_pixel", "counting_pixel"])
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["06-check-the-detector"]
    recorded, weight = found["peers"]["milter, wanted"]["spy_pixel_finder"], rows["weight"]
    assert recorded["recall"] == pytest.approx(weight[true & said].sum() / weight[true].sum(), abs=5e-5)
    assert recorded["precision"] == pytest.approx(weight[right & said].sum() / weight[said].sum(), abs=5e-5)


def found_in(notebook: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))[notebook]
    return found


def spied(corpus: str, query: str = "has_html") -> pd.DataFrame:
    """The messages of a corpus that a query keeps, and `has`: whether each has a spy pixel."""
    messages = pd.read_parquet(DATA / f"corpora/{corpus}/messages.parquet").query(query)
    resources = pd.read_parquet(DATA / f"corpora/{corpus}/resources.parquet").query("verdict == 'spy_pixel'")
    return messages.assign(has=messages["message_key"].isin(resources["message_key"]))


@pytest.mark.parametrize(
    ("corpus", "query"),
    [("markup", "has_html"), ("milter", "has_html and population == 'received'"), ("lists", "has_html")],
)
def test_senders_counted_once_are_what_plain_pandas_gives(corpus: str, query: str) -> None:
    mail, recorded = spied(corpus, query), found_in("03-compare-senders")["corpora"][corpus]
    by_sender = mail.groupby(mail["sender_site"].fillna(mail["message_key"]))["has"]
    assert (recorded["n_messages"], recorded["n_with"]) == (len(mail), mail["has"].sum())
    assert (recorded["n_senders"], recorded["n_senders_with"]) == (by_sender.ngroups, by_sender.any().sum())
    assert recorded["share"] == pytest.approx(mail["has"].mean(), abs=5e-5)
    assert recorded["sender_share"] == pytest.approx(by_sender.mean().mean(), abs=5e-5)
    others = mail[mail["sender_site"] != by_sender.size().idxmax()]
    assert recorded["share_without"] == pytest.approx(others["has"].mean(), abs=5e-5)


def test_each_office_at_a_shared_host_is_a_sender_and_all_of_them_are_one_site() -> None:
    mail, found = spied("markup"), found_in("03-compare-senders")
    offices = mail.loc[mail["sender_site"].str.startswith("house.gov"), "sender_site"].nunique()
    assert offices > 30
    assert found["corpora"]["markup"]["n_senders"] - found["by_site"]["markup"]["n"] == offices - 1


def test_senders_by_habit_are_what_plain_pandas_gives() -> None:
    by_sender = spied("markup").groupby("sender_site")["has"].agg(["size", "mean"]).query("size >= 3")
    always, never = (by_sender["mean"] == 1).sum(), (by_sender["mean"] == 0).sum()
    assert found_in("03-compare-senders")["habits"]["markup"] == {
        "in every message": always,
        "in none": never,
        "in some": len(by_sender) - always - never,
    }


def told(corpus: str) -> pd.DataFrame:
    """Every message of a corpus with each vendor that is told of it by host or by header."""
    resources = pd.read_parquet(DATA / f"corpora/{corpus}/resources.parquet")
    sure = resources.query("verdict == 'spy_pixel' and vendor_confidence in ('host', 'header')")
    return sure[["message_key", "vendor"]].drop_duplicates().merge(spied(corpus), on="message_key")


def test_the_top_vendors_are_those_that_plain_pandas_counts() -> None:
    counts, n = told("markup")["vendor"].value_counts(), len(spied("markup"))
    recorded = found_in("04-name-the-vendors")
    assert {name: row["n_with"] for name, row in recorded["top"].items()} == counts.head(5).to_dict()
    assert recorded["n_vendors_seen"] == len(counts)
    for name, row in recorded["top"].items():
        assert row["share"] == pytest.approx(counts[name] / n, abs=5e-5)


def test_how_many_senders_a_vendor_sees_one_reader_at_is_what_plain_pandas_counts() -> None:
    wanted = told("milter").query("population == 'received' and vendor != 'the sender itself'")
    senders = wanted.groupby("vendor")["sender_site"].nunique()
    recorded = found_in("04-name-the-vendors")["one_reader"]
    assert recorded["vendors"][0]["n_senders"] == senders.max()
    assert {row["vendor"]: row["n_senders"] for row in recorded["vendors"]}.items() <= senders.to_dict().items()


def test_tools_in_mail_between_people_are_what_plain_pandas_counts() -> None:
    mail, recorded = spied("lists"), found_in("04-name-the-vendors")["people"]
    assert (recorded["n_messages"], recorded["n_with"]) == (len(mail), mail["has"].sum())
    counts = told("lists")["vendor"].value_counts().to_dict()
    assert {row["vendor"]: row["mails"] for row in recorded["tools"]} == counts


def test_the_lists_by_year_are_what_plain_pandas_gives() -> None:
    totals = pd.read_csv(DATA / "lists_by_year.csv").groupby("year")["n_messages"].sum()
    with_pixel = spied("lists").groupby("year")["has"].sum()
    recorded = found_in("05-follow-the-years")
    for year, row in recorded["people"].items():
        assert (row["n_messages"], row["n_with"]) == (totals[int(year)], with_pixel[int(year)])
        assert row["share"] == pytest.approx(with_pixel[int(year)] / totals[int(year)], abs=5e-5)
    assert sum(row["n_messages"] for row in recorded["people"].values()) == totals.sum()


def test_who_writes_to_the_lists_is_what_plain_pandas_counts() -> None:
    mail = spied("lists")
    began = mail.groupby("sender_site")["year"].min()
    for row in found_in("05-follow-the-years")["who_writes"]:
        senders = mail.loc[mail["year"] == row["year"], "sender_site"].unique()
        assert row["n_senders"] == len(senders)
        assert row["n_new"] in (None, (began[senders] == row["year"]).sum())


@pytest.mark.parametrize("corpus", ["markup", "milter", "spamassassin"])
def test_snapshots_of_newsletters_are_what_plain_pandas_gives(corpus: str) -> None:
    wanted = "has_html and kind == 'newsletter'" + ("" if corpus == "markup" else " and population == 'received'")
    mail, recorded = spied(corpus, wanted), found_in("05-follow-the-years")["snapshots"][corpus]
    assert (recorded["n_messages"], recorded["n_with"]) == (len(mail), mail["has"].sum())
    assert recorded["share"] == pytest.approx(mail["has"].mean(), abs=5e-5)
    assert recorded["sender_share"] == pytest.approx(mail.groupby("sender_site")["has"].mean().mean(), abs=5e-5)


@pytest.mark.parametrize("corpus", ["csdmc2010", "milter", "phishing_pot", "spamassassin"])
def test_spam_by_year_is_what_plain_pandas_gives(corpus: str) -> None:
    mail = spied(corpus, "has_html and population == 'spam'")
    recorded = [row for row in found_in("05-follow-the-years")["spam_by_corpus"] if row["corpus"] == corpus]
    assert [row["year"] for row in recorded] == sorted(mail["year"].dropna().unique())
    for row in recorded:
        has = mail.loc[mail["year"] == row["year"], "has"]
        assert row["n_messages"] == len(has)
        assert row["share"] is None or row["share"] == pytest.approx(has.mean(), abs=5e-5)


def test_spam_at_a_fixed_mix_is_half_newsletters_and_half_personal_mail() -> None:
    for row in found_in("05-follow-the-years")["fixed_mix"]:
        if not row["asked_for"]:
            mail = spied(row["corpus"], "has_html and population == 'spam'").query("year == @row['year']")
            by_kind = mail.groupby("kind")["has"].mean()
            assert row["share"] == pytest.approx((by_kind["newsletter"] + by_kind["personal"]) / 2, abs=5e-5)
