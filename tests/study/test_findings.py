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
