"""Formats: whatever a mailbox is exported as, the same five messages give the same rows, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from mailboxes import FORMATS, MESSAGES

from pixelstudy.extract import Run, extract
from pixelstudy.tables import MESSAGES as MESSAGES_TABLE
from pixelstudy.tables import RESOURCES, SKIPPED, read_table

COLUMNS = [
    "message_key", "population", "kind", "sent_at", "clock", "sender_address", "list_id", "platform", "has_html",
    "n_resources", "n_spy_pixel", "n_click_links", "has_receipt_request",
]  # fmt: skip
JUDGED = ["message_key", "position", "carrier", "url", "width_px", "height_px", "token", "identity", "verdict"]


def rows(path: Path, out: Path) -> tuple[Run, pd.DataFrame, pd.DataFrame, Counter[str]]:
    """Extract, check that all is accounted for, and return what the tables hold."""
    run = extract([path], out, jobs=1)
    counts = run.counts
    assert counts.n_read == counts.n_kept + counts.n_duplicates + counts.n_skipped
    messages, resources, skipped = (read_table(table, out) for table in (MESSAGES_TABLE, RESOURCES, SKIPPED))
    assert (counts.n_kept, counts.n_skipped) == (len(messages), len(skipped))
    assert counts.n_duplicates == messages["n_duplicates"].sum()
    return (
        run,
        messages.sort_values("sent_at", ignore_index=True),
        resources.sort_values(["message_key", "position"], ignore_index=True),
        Counter(skipped["reason"]),
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that one format gives, checked by hand."""
    folder = tmp_path_factory.mktemp("plain")
    _, messages, resources, _ = rows(FORMATS["eml files"][0](folder), folder / "out")
    assert list(messages["population"]) == ["received", "received", "spam", "sent", "trash"]
    assert list(messages["kind"]) == ["newsletter", "personal", "personal", "personal", "automatic"]
    assert list(messages["n_spy_pixel"]) == [1, 0, 1, 0, 0]
    assert list(messages["n_resources"]) == [2, 0, 1, 0, 1]
    return messages[COLUMNS], resources[JUDGED]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_rows(name: str, tmp_path: Path, plain: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    make, n_copies, left_out = FORMATS[name]
    run, messages, resources, skipped = rows(make(tmp_path), tmp_path / "out")
    pd.testing.assert_frame_equal(messages[COLUMNS], plain[0])
    pd.testing.assert_frame_equal(resources[JUDGED], plain[1])
    assert run.counts.n_duplicates == n_copies
    assert skipped == left_out


@pytest.mark.parametrize("name", FORMATS)
def test_parts_of_any_size_give_them_too(name: str, tmp_path: Path, plain: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    path = FORMATS[name][0](tmp_path)
    extract([path], tmp_path / "out", jobs=1, part_bytes=700)
    messages = read_table(MESSAGES_TABLE, tmp_path / "out").sort_values("sent_at", ignore_index=True)
    pd.testing.assert_frame_equal(messages[COLUMNS], plain[0])


def test_one_folder_may_hold_them_all_and_each_message_counts_once(
    tmp_path: Path, plain: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    home = tmp_path / "home"
    n_copies, left_out = 0, Counter[str]()
    for number, (make, copies, skipped) in enumerate(FORMATS.values()):
        make(home / f"{number:02}")
        n_copies += copies + len(MESSAGES)
        left_out += Counter(skipped)
    run, messages, resources, skipped = rows(home, tmp_path / "out")
    pd.testing.assert_frame_equal(messages[COLUMNS], plain[0])
    pd.testing.assert_frame_equal(resources[JUDGED], plain[1])
    assert run.counts.n_duplicates == n_copies - len(MESSAGES)
    assert skipped == left_out
    labels = [set(value.split("\n")) for value in messages["labels"]]
    assert {"Posteingang", "Boîte de réception", "受信トレイ", "Category Promotions", "INBOX", "seen"} <= labels[0]
    assert {"Trips, 2026", "Reisen, 2026", "Reisen", "Trips"} <= labels[1]
    assert {"Pourriel", "Spamverdacht", "Junk", "Spam"} <= labels[2]
    assert {"Messages envoyés", "Sent Messages", "送信済み"} <= labels[3]
    assert {"Papierkorb", "Deleted Messages", "Kosz", "trash"} <= labels[4]
