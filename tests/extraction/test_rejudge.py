"""Verdicts by other settings: as they are where nothing is changed, and other ones where the setting says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pixelstudy.corpora.catalogue import corpora
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.rejudge import (
    AS_IT_IS,
    LOOKED_AT,
    SETTINGS,
    Setting,
    rejudge,
    rejudge_all,
    rejudged,
)
from pixelstudy.extraction.run import Run, extract
from pixelstudy.measure.sensitivity import verdicts_by
from pixelstudy.pixels.urls.vendors import VendorRule, vendor_table
from pixelstudy.tables import MESSAGES, RESOURCES

FROM_CORPORA, FROM_A_LIST = (
    next(rule for rule in vendor_table() if (rule.host, rule.role) == (host, "open"))
    for host in ("crsend.com", "trk.365offers.trade")
)
NAMES = {setting.name for setting in SETTINGS}


def judged(folder: Path, *images: str, sender: str = "news@shop.example") -> pd.DataFrame:
    """Return the resources of one message with these images, as the tables hold them."""
    mail = folder / "one.eml"
    html = "<p>Offers for you today</p>".join(images)
    mail.write_text(
        f"From: {sender}\nTo: jane@private.example\nContent-Type: text/html\n\n<p>Hello</p>{html}<p>Bye</p>"
    )
    extract(mail, folder / "tables", jobs=1)
    return read_table(RESOURCES, folder / "tables")[LOOKED_AT]


def settings_that(resources: pd.DataFrame, verdict: str) -> set[str]:
    """Return the settings that make the first resource a `verdict`, which it is not."""
    found = rejudge_all(resources)
    assert set(found["setting"]) <= NAMES
    return set(found.loc[(found["position"] == 0) & (found["verdict"] == verdict), "setting"])


TOKEN = "8fK2q0dQp0Xw7sLmc3Rm9aZt"


def test_a_dot_with_a_token_is_a_spy_pixel_unless_it_counts_as_seen(tmp_path: Path) -> None:
    resources = judged(tmp_path, f'<img src="https://a.example/o/{TOKEN}" width="1" height="1">')
    assert resources["verdict"].tolist() == ["spy_pixel"]
    changed = rejudge_all(resources)
    assert set(changed["setting"]) == {"largest dot: 0 px²"}
    assert "spy_pixel" not in set(changed["verdict"])


def test_a_picture_of_5_by_5_becomes_a_dot_with_a_larger_limit(tmp_path: Path) -> None:
    resources = judged(tmp_path, f'<img src="https://a.example/{TOKEN}" width="8" height="8">')
    assert resources["verdict"].tolist() != ["spy_pixel"]
    assert settings_that(resources, "spy_pixel") == {"largest dot: 100 px²"}


def test_a_line_is_seen_where_only_the_area_counts(tmp_path: Path) -> None:
    resources = judged(tmp_path, f'<img src="https://a.example/o?u={TOKEN}" width="600" height="1">')
    assert resources["verdict"].tolist() == ["spy_pixel"]
    lost = rejudge(resources, Setting("x", "y", largest_px2=9))
    assert lost["verdict"].tolist() == ["tracked_content"]


def test_a_picture_without_a_size_is_what_the_setting_takes_it_for(tmp_path: Path) -> None:
    resources = judged(
        tmp_path, f'<a href="https://a.example/"><img alt="A hat" src="https://a.example/pic/{TOKEN}"></a>'
    )
    assert "no size stated: taken for unseen" in settings_that(resources, "spy_pixel")
    opened = judged(tmp_path, f'<img src="https://a.example/track/open?u={TOKEN}">')
    assert opened["verdict"].tolist() == ["spy_pixel"]
    assert settings_that(opened, "tracked_content") == {"no size stated: taken for seen"}


def test_a_short_token_is_enough_for_a_lower_limit_alone(tmp_path: Path) -> None:
    resources = judged(tmp_path, '<img src="https://a.example/p/28411937.gif" width="1" height="1">')
    bits = resources["token_bits"].iloc[0]
    assert 20 < bits < 30
    assert resources["verdict"].tolist() == ["spy_pixel"]
    found = rejudge_all(resources)
    lost = set(found.loc[found["verdict"] != "spy_pixel", "setting"])
    assert lost == {"largest dot: 0 px²", *(f"bits of a token: {n}" for n in (30, 40, 60))}


def test_a_dot_that_repeats_is_a_spacer_by_the_limit(tmp_path: Path) -> None:
    dot = f'<img src="https://a.example/{TOKEN}" width="1" height="1">'
    twice, three = judged(tmp_path, dot, dot), judged(tmp_path, dot, dot, dot)
    assert (set(twice["verdict"]), set(three["verdict"])) == ({"spy_pixel"}, {"spacer"})
    assert settings_that(twice, "spacer") == {"repeats that make a spacer: 2"}
    assert {"repeats that make a spacer: 5", "repeats that make a spacer: no limit"} <= settings_that(
        three, "spy_pixel"
    )


@pytest.mark.parametrize("rule", [FROM_CORPORA, FROM_A_LIST], ids=["from the corpora", "from a list"])
def test_a_pixel_that_only_a_vendor_rule_knows_is_lost_with_it(rule: VendorRule, tmp_path: Path) -> None:
    resources = judged(tmp_path, f'<img src="{rule.example}">')
    assert resources[["vendor", "verdict"]].to_numpy().tolist() == [[rule.vendor, "spy_pixel"]]
    without = rejudge(resources, next(one for one in SETTINGS if one.rules == "none"))
    less = rejudge(resources, next(one for one in SETTINGS if one.rules == "not from the corpora"))
    assert without["verdict"].tolist() not in ([], ["spy_pixel"])
    assert len(less) == (rule.source == "corpora")


def test_no_resources_change_nothing(tmp_path: Path) -> None:
    resources = judged(tmp_path, "<b>no picture</b>")
    assert len(resources) == 0
    assert list(rejudge_all(resources)) == ["message_key", "position", "setting", "verdict_alone", "verdict"]


def test_a_mailbox_is_judged_again_from_its_own_tables(tmp_path: Path) -> None:
    mail = tmp_path / "box.mbox"
    dot = '<img src="https://a.example/o/8fK2q0dQp0Xw7sLmc3Rm9aZt" width="1" height="1">'
    texts = (
        f"From x Thu Aug 22 12:36:23 2002\nFrom: {sender}\nMessage-ID: <{number}@a.example>\n"
        f"Content-Type: text/html\n\n<p>{number}</p>{dot}\n\n"
        for number, sender in enumerate(["ann@gmail.com", "bob@gmail.com", "news@a.example"])
    )
    mail.write_text("".join(texts))
    extract(mail, tmp_path / "tables", jobs=1)
    tables = [("box", tmp_path / "tables")]
    messages = read_table(MESSAGES, tmp_path / "tables")
    changed = rejudged(tables, messages["message_key"].iloc[:2])
    assert set(changed["setting"]) == {"largest dot: 0 px²"}
    assert changed["message_key"].nunique() == 2, "only the messages that were asked for"
    assert rejudged(tables, []).empty
    resources = read_table(RESOURCES, tmp_path / "tables")
    assert (verdicts_by(resources, changed, "largest dot: 0 px²") == "spy_pixel").sum() == 1


def test_tables_that_were_shared_without_addresses_have_nothing_to_judge(tmp_path: Path) -> None:
    read = Path(__file__).resolve().parents[2] / "data" / "corpora" / "unspy"
    for name in ("messages", "resources"):
        (tmp_path / f"{name}.parquet").write_bytes((read / f"{name}.parquet").read_bytes())
    messages = read_table(MESSAGES, tmp_path)
    found = rejudged([("box", tmp_path)], messages["message_key"])
    assert found.empty
    assert found["setting"].cat.categories.empty, "nothing was tried"
    assert not rejudged([("unspy", read)], messages["message_key"]).empty


@pytest.mark.corpora
@pytest.mark.parametrize("name", [corpus.name for corpus in corpora()])
def test_where_nothing_is_changed_every_verdict_of_a_corpus_comes_out_again(
    name: str, extracted: Callable[[str], tuple[Run, Path]]
) -> None:
    """What the rules look at is all in the tables."""
    resources = read_table(RESOURCES, extracted(name)[1])[LOOKED_AT]
    assert len(resources) > 100
    assert rejudge(resources, AS_IT_IS).empty
