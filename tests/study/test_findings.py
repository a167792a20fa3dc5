"""The headline numbers, computed again from the released tables by code that shares nothing with the study's."""

from __future__ import annotations

import json
from pathlib import Path

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
def test_the_accuracy_at_first_sight_is_the_one_that_plain_pandas_gives(
    by: str, group: str, name: str, column: str, judged: str
) -> None:
    labels = pd.read_csv(DATA / "labels/first_sight.csv")
    labels = labels[
        (labels[by] == group) & (labels["corpus"].isin(["milter"] if by == "population" else ["milter", "lists"]))
    ]
    true, said = labels["label"] == "spy_pixel", labels[column] == "spy_pixel"
    right = labels.loc[true & said, "weight"].sum()
    found = json.loads((DATA / "results/findings.json").read_text(encoding="utf-8"))["06-check-the-detector"]
    recorded = found["first_sight"][f"spy_pixel_{judged}_{name}"]
    assert recorded["precision"] == pytest.approx(right / labels.loc[said, "weight"].sum(), abs=5e-5)
    assert recorded["recall"] == pytest.approx(right / labels.loc[true, "weight"].sum(), abs=5e-5)


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
