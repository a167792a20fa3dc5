"""The sentences with figures in them, on mail of which the right words are known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pixelstudy.extraction.run import extract
from pixelstudy.measure.comparisons import share_of
from pixelstudy.measure.prevalence import prevalence
from pixelstudy.study.sentences import beside, groups, how_many_can, how_many_do, where_they_are
from pixelstudy.study.study import Study, open_study, read_tables
from tests.mailboxes.boxes import PIXELS, mail, mbox, spam


def study_of(folder: Path, *mails: bytes) -> Study:
    extract([mbox(folder / "mail.mbox", mails)], folder / "tables", jobs=1)
    return read_tables(folder / "tables")


def could(study: Study) -> str:
    measured = study.messages[study.is_solicited]
    return how_many_can(study, prevalence(measured, measured["n_resources"] > 0, by=groups(study))).text


def test_few_messages_get_counts_and_no_share(tmp_path: Path) -> None:
    pixel = mail(1, "a@a.example", html=PIXELS[2])
    study = study_of(tmp_path, pixel, mail(2, "b@b.example"), mail(3, "c@c.example", html=""))
    assert "**1 of 2 messages received with HTML holds a spy pixel, too few messages for a share.**" in (
        how_many_do(study).text
    )
    assert "2 of 3 messages received load something" in could(study)
    assert "2 of 3 are laid out in HTML." in could(study)
    assert "%" not in could(study) + how_many_do(study).text


def test_plain_text_is_said_to_be_plain_text(tmp_path: Path) -> None:
    study = study_of(tmp_path, mail(1, "a@a.example", html=""))
    assert could(study).endswith("All of it is plain text, which loads nothing.")
    assert how_many_do(study).text.startswith("**Nothing here can hold a spy pixel, which needs HTML.**")


def test_spam_alone_says_where_the_mail_is(tmp_path: Path) -> None:
    study = study_of(tmp_path, *spam())
    assert could(study) == "**There is nothing here to measure.** None of 48 messages is received, and 48 are in spam."


def test_enough_messages_get_a_share_with_its_interval_and_each_sender_once(tmp_path: Path) -> None:
    study = study_of(tmp_path, *(mail(i, f"a@s{i % 6}.example", html=PIXELS[2] if i % 2 else "<p>") for i in range(36)))
    said = how_many_do(study).text
    assert said.startswith("**18 of 36 messages received with HTML hold a spy pixel: 50 %, with a 95 % interval from ")
    assert said.endswith("With each of its 6 senders counted once, it is 50 %.")


def test_the_public_mail_is_never_thrown_together() -> None:
    study = open_study("released")
    assert could(study).startswith("**Depending on the corpus, ")
    assert "It depends on the mail: " in how_many_do(study).text


@pytest.mark.parametrize(
    ("depths", "said"),
    [
        ([], "No spy pixel was found"),
        ([0.95], "1 of 1 spy pixel is in the last tenth of the message"),
        ([0.1, 0.95], "1 of 2 spy pixels are in the last tenth of the message"),
    ],
)
def test_the_place_of_few_pixels_is_counted(tmp_path: Path, depths: list[float], said: str) -> None:
    study = study_of(tmp_path, mail(1, "a@a.example"))
    assert where_they_are(study, pd.DataFrame({"corpus": "a", "depth_share": depths})) == said


def test_a_mailbox_is_shown_beside_the_public_mail_by_the_same_definition(tmp_path: Path) -> None:
    study = study_of(tmp_path, mail(1, "a@a.example", html=PIXELS[2]))
    shown = study.messages[study.messages["has_html"]]
    rows = beside(study, share_of(shown, study.has_pixel(shown)))
    assert rows["mail"].str.startswith("public: ").tolist() == [False, True, True, True]
    assert (rows.loc[0, "n"], rows.loc[0, "n_with"]) == (1, 1)
    assert rows["share"].isna().tolist() == [True, False, False, False]
