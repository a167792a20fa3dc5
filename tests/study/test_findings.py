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
