"""How far a share moves: counted on small tables by hand, and on mailboxes that have little or nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from pixelstudy.measure.sensitivity import (
    ABLATION,
    AS_IT_IS,
    by_setting,
    evidence_shares,
    moves,
    moves_in_words,
    share_without,
    verdicts_by,
)

NO_RULES = ABLATION["without vendor rules"]


def made(n: int = 40) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return `n` messages of ten senders, each with a spy pixel and a picture, every fourth lost by a setting."""
    keys = [f"{i:016x}" for i in range(n)]
    messages = pd.DataFrame({"message_key": keys, "sender_site": [f"shop{i % 10}.example" for i in range(n)]})
    pixel = {"verdict": "spy_pixel", "verdict_alone": "spy_pixel", "position": 0, "width_px": 1.0, "height_px": 1.0}
    pixel |= {"hidden_by": None, "sight": "unseen", "identity": None, "reason": "its address carries a token"}
    picture = pixel | {"verdict": "content", "verdict_alone": "content", "position": 1, "width_px": 600.0}
    resources = pd.DataFrame([{"message_key": key, **row} for key in keys for row in (pixel, picture)])
    lost = pd.DataFrame({"message_key": keys[::4], "position": 0})
    lost["setting"] = pd.Categorical([NO_RULES] * len(lost), categories=["vendor rules: some", NO_RULES])
    return messages, resources, lost.assign(verdict="counting_pixel", verdict_alone="content")


def test_a_verdict_by_a_setting_is_its_own_or_the_changed_one() -> None:
    _, resources, changed = made(8)
    kept = verdicts_by(resources, changed, AS_IT_IS)
    assert kept.tolist() == resources["verdict"].tolist()
    other = verdicts_by(resources, changed, NO_RULES)
    assert other.tolist()[::2] == ["counting_pixel", "spy_pixel", "spy_pixel", "spy_pixel"] * 2
    assert set(other.tolist()[1::2]) == {"content"}
    assert verdicts_by(resources, changed, NO_RULES, column="verdict_alone").iloc[0] == "content"


def test_the_share_falls_by_the_messages_that_lose_their_pixel() -> None:
    messages, resources, changed = made()
    assert share_without(messages, resources, changed, AS_IT_IS)["share"] == 1
    assert share_without(messages, resources, changed, NO_RULES)["n_with"] == 30
    table = by_setting(messages, resources, changed, sites=messages["message_key"]).set_index(["knob", "value"])
    assert table.loc[("", "as it is"), "moved"] == 0
    assert table.loc[("vendor rules", "none"), "moved"] == pytest.approx(-0.25)
    assert len(table) == 6
    assert table.loc[("senders", "each site once"), "share"] == 1
    words = moves(table.reset_index())
    assert words["with a spy pixel"].tolist()[:3] == ["40 of 40", "40 of 40", "30 of 40"]
    assert words["moved by"].tolist()[:3] == ["nothing", "nothing", "-25.0 points"]
    sentence = moves_in_words(table.reset_index(), "letters")
    assert sentence == (
        "Of 40 letters, 100 % have a spy pixel; with one thing changed, it is never more, and as little as 75 % "
        "(vendor rules: none)."
    )


@pytest.mark.parametrize("n", [0, 1, 12])
def test_few_messages_get_counts_and_no_share(n: int) -> None:
    messages, resources, changed = made()
    few = messages.iloc[:n]
    table = by_setting(few, resources, changed)
    assert table["share"].isna().all()
    assert set(moves(table)["share"]) == {"too few for a share"}
    assert not moves(table).isna().any().any()
    said = moves_in_words(table, "letters")
    assert said == (f"With a spy pixel: {n} of {n} letters, too few for a share." if n else said)
    assert "nan" not in said
    assert evidence_shares(few, resources)["n_messages"].tolist() == ([n, n] if n else [])


def test_a_share_that_nothing_moves_is_said_to_stay() -> None:
    messages, resources, changed = made()
    table = by_setting(messages, resources, changed.iloc[:0])
    assert len(table) == 5, "a setting that changes nothing has its row"
    assert moves_in_words(table, "letters") == "Of 40 letters, 100 % have a spy pixel, whichever one thing is changed."


def test_each_kind_of_evidence_is_counted_and_where_it_is_alone() -> None:
    messages, resources, _ = made(4)
    spy = resources["verdict"] == "spy_pixel"
    resources.loc[spy, "identity"] = ["md5", None, None, None]
    resources.loc[spy, "reason"] = ["x", "an endpoint of A with the recipient's part", "carries a token", "Its address"]
    resources.loc[spy, "verdict_alone"] = ["spy_pixel", "spy_pixel", "spy_pixel", "content"]
    extra = resources[spy].iloc[[0]].assign(position=2, identity=None, reason="a token", hidden_by="opacity:0 on self")
    extra[["width_px", "height_px"]] = float("nan")
    table = evidence_shares(messages, pd.concat([resources, extra], ignore_index=True)).set_index("evidence")
    assert table["n_messages"].to_dict() == {
        "a dot": 4, "hidden": 1, "the recipient's address": 1, "a rule for a vendor": 1, "a token": 2,
        "new in every message": 1,
    }  # fmt: skip
    assert table["n_only"].to_dict() == {
        "a dot": 3, "hidden": 0, "the recipient's address": 0, "a rule for a vendor": 1, "a token": 1,
        "new in every message": 1,
    }  # fmt: skip
