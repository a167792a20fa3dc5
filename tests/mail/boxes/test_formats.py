"""Formats: whatever a mailbox is exported as, the same five messages give the same rows, and nothing is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mailboxes import FORMATS, MESSAGES

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import Run, extract
from pixelstudy.mail.boxes.mailbox import RawMessage, open_mailbox, read_part
from pixelstudy.mail.boxes.survey import survey
from pixelstudy.mail.raw import REASONS
from pixelstudy.tables import MESSAGES as MESSAGES_TABLE
from pixelstudy.tables import RESOURCES, SKIPPED

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


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=st.floats(0, 0.999),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40)), min_size=1, max_size=3),
)
@pytest.mark.parametrize("name", FORMATS)
def test_no_damage_to_any_format_stops_a_run(
    name: str, tmp_path: Path, where: float, edits: list[tuple[float, int, bytes]]
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        path = FORMATS[name][0](Path(folder))
        files = sorted(file for file in Path(folder).rglob("*") if file.is_file())
        damaged = files[int(where * len(files))]
        data = damaged.read_bytes()
        for place, length, new in edits:
            at = int(place * len(data))
            data = data[:at] + new + data[at + length :]
        damaged.write_bytes(data)
        try:
            mailbox = open_mailbox(path)
        except UserError as error:
            assert "\n" not in str(error)
            return
        for part in mailbox.parts(1000):
            consumed: list[int] = []
            for row in read_part(part, progress=consumed.append):
                assert isinstance(row, RawMessage) or row.reason in REASONS
            assert sum(consumed) == part.size_bytes
        survey(mailbox.files)
