from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table, to_arrow, write_arrow
from pixelstudy.extraction.run import extract
from pixelstudy.measure.definitions import find_definition, has_pixel
from pixelstudy.reporting.summary import summary_text, write_csvs
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, Table

MESSAGE: dict[str, Any] = {
    "origin": "all.mbox", "population": "received", "kind": "newsletter", "year": 2019, "clock": "date",
    "sender_site": "shop.example", "has_html": True, "html_bytes": 9, "n_resources": 1, "n_spy_pixel": 0,
    "n_click_links": 0, "has_unsubscribe": True, "has_receipt_request": False, "size_bytes": 99, "n_duplicates": 0,
}  # fmt: skip
RESOURCE: dict[str, Any] = {
    "position": 0, "depth_share": 0.5, "carrier": "img src", "loads_in": "all", "is_quoted": False, "url_bytes": 9,
    "n_repeats": 1, "verdict": "spy_pixel", "reason": "Invisible.", "vendor": "Mailer", "vendor_kind": "bulk_mailer",
    "vendor_confidence": "host",
}  # fmt: skip


def write(table: Table, folder: Path, rows: list[dict[str, Any]]) -> None:
    write_arrow(
        to_arrow(table, {name: [row.get(name) for row in rows] for name in table.names}),
        folder / f"{table.name}.parquet",
    )


def tables(
    folder: Path,
    messages: list[dict[str, Any]],
    *,
    resources: list[dict[str, Any]] | None = None,
    skipped: tuple[str, ...] = (),
) -> Path:
    """Write tables with a row for each of `messages`; without `resources`, one spy pixel where a message has one."""
    rows = [{**MESSAGE, "message_key": f"{n:016x}", **message} for n, message in enumerate(messages)]
    if resources is None:
        resources = [{"message_key": row["message_key"]} for row in rows if row["n_spy_pixel"]]
    write(MESSAGES, folder, rows)
    write(RESOURCES, folder, [{**RESOURCE, **resource} for resource in resources])
    write(SKIPPED, folder, [{"origin": "x", "offset": 0, "reason": reason} for reason in skipped])
    return folder


def mailbox(n: int = 40, **columns: Any) -> list[dict[str, Any]]:
    """Return `n` messages of ten senders, one in two with a spy pixel."""
    return [{"sender_site": f"s{i % 10}.example", "n_spy_pixel": i // 10 % 2, **columns} for i in range(n)]


def plain(text: str) -> str:
    return " ".join(text.split())


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_was_read_is_accounted_for(tmp_path: Path) -> None:
    messages = [*mailbox(), {"population": "spam", "n_duplicates": 2}, {"kind": "personal", "year": 2021}]
    text = plain(summary_text(tables(tmp_path, messages, skipped=("not mail", "not mail", "empty"))))
    assert "read 47 = 42 kept + 2 duplicates + 3 skipped" in text
    assert "skipped 2 not mail, 1 empty" in text
    assert "populations 41 received, 1 spam" in text
    assert "received 40 newsletter, 1 personal" in text
    assert "years 2019 to 2021" in text


def test_the_headline_is_the_share_of_received_messages_with_html_and_counts_senders_once(tmp_path: Path) -> None:
    most: list[dict[str, Any]] = [{"sender_site": "s0.example", "n_spy_pixel": 3}] * 40
    left_out: list[dict[str, Any]] = [{"population": "sent", "n_spy_pixel": 1}, {"has_html": False}]
    text = plain(summary_text(tables(tmp_path, [*mailbox(), *most, *left_out])))
    assert "SPY PIXELS 75.0 % (95 % interval" in text
    assert "of 80 received with HTML" in text
    assert "each of 10 senders once" in text
    assert "54.5 % (95 % interval" in text
    assert "74.1 % of all 81 received, HTML or not" in text
    assert "another population" in text


def test_the_share_with_spam_counted_is_given_too(tmp_path: Path) -> None:
    text = plain(summary_text(tables(tmp_path, [*mailbox(), *mailbox(40, population="spam", n_spy_pixel=1)])))
    assert "SPY PIXELS 50.0 %" in text
    assert "75.0 % (95 % interval" in text
    assert "of 80 with spam counted too" in text
    assert "with spam counted too" not in summary_text(tables(tmp_path, mailbox()))


def test_too_few_messages_get_counts_and_no_share(tmp_path: Path) -> None:
    text = plain(summary_text(tables(tmp_path, mailbox(20))))
    assert "in 10 of 20 messages received with HTML, from 10 senders: no share (under 30 messages)" in text
    assert "%" not in text


@pytest.mark.parametrize("messages", [[], [{"population": "spam"}], [{"has_html": False, "year": None}]])
def test_a_mailbox_without_a_denominator_still_has_its_page_or_screen(
    tmp_path: Path, messages: list[dict[str, Any]]
) -> None:
    text = plain(summary_text(tables(tmp_path, messages)))
    assert "no share: none of" in text
    assert [rows_of(path) for path in write_csvs(tmp_path)] == [[], [], []]


def test_messages_stripped_of_trackers_are_reported(tmp_path: Path) -> None:
    text = plain(summary_text(tables(tmp_path, [*mailbox(), {"stripper": "DuckDuckGo"}])))
    assert "DuckDuckGo removed trackers from 1 of these: the share is too low" in text


def test_vendors_count_by_host_alone_and_once_a_message(tmp_path: Path) -> None:
    key: dict[str, Any] = {"message_key": f"{10:016x}"}
    resources = [
        key,
        {**key, "position": 1},
        {**key, "vendor": "Lookalike", "vendor_confidence": "shape"},
        {**key, "vendor": "Counter", "verdict": "counting_pixel"},
        {"message_key": f"{11:016x}"},
        {"message_key": f"{40:016x}"},
    ]
    folder = tables(tmp_path, [*mailbox(), {"population": "sent", "n_spy_pixel": 1}], resources=resources)
    (vendor,) = rows_of(write_csvs(folder)[1])
    assert (vendor["vendor"], vendor["n_with"], vendor["n_messages"], vendor["n_senders_with"]) == (
        "Mailer",
        "2",
        "40",
        "2",
    )
    assert "Lookalike" not in summary_text(folder)


def test_senders_come_by_messages_with_spy_pixels_and_years_in_order(tmp_path: Path) -> None:
    messages = [
        *mailbox(year=2021),
        *mailbox(40, sender_site="few.example", n_spy_pixel=0, year=2020),
        *mailbox(30, sender_site="most.example", n_spy_pixel=1, year=2019),
    ]
    senders, _, years = map(rows_of, write_csvs(tables(tmp_path, messages)))
    assert (senders[0]["sender_site"], senders[0]["n_with"], senders[0]["share"]) == ("most.example", "30", "1.0000")
    assert senders[-1]["n_with"] == "0"
    assert [(row["year"], row["n_messages"], row["n_with"]) for row in years] == [
        ("2019", "30", "30"),
        ("2020", "40", "0"),
        ("2021", "40", "20"),
    ]
    text = summary_text(tmp_path)
    assert text.index("most.example") < text.index("s0.example")
    assert "few.example" not in text


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_cell_of_a_csv_is_a_formula_or_a_terminal_command(tmp_path: Path, sign: str) -> None:
    bad = f'{sign}HYPERLINK("x")\x1b[31m\r\n'
    messages = mailbox(40, sender_site=bad)
    resources = [{"message_key": f"{n:016x}", "vendor": bad} for n in range(40)]
    folder = tables(tmp_path, messages, resources=resources)
    text = summary_text(folder)
    assert all(line.isprintable() for line in text.split("\n"))
    for path, column in zip(write_csvs(folder), ("sender_site", "vendor"), strict=False):
        assert rows_of(path)[0][column] == f'\'{sign}HYPERLINK("x")?[31m??'


def test_the_screen_holds_the_fullest_mailbox(tmp_path: Path) -> None:
    messages = [
        {
            "sender_site": f"{'very-long-label.' * 6}s{i % 90}.example",
            "n_spy_pixel": i % 3,
            "year": 1990 + i % 40,
            "kind": ("newsletter", "list", "personal", "automatic")[i % 4],
            "population": ("received", "received", "received", "spam", "trash", "sent", "draft", "chat")[i // 4 % 8],
            "stripper": ("HEY", "DuckDuckGo", "Firefox Relay")[i % 3],
            "n_duplicates": 1234,
        }
        for i in range(8000)
    ]
    resources = [
        {"message_key": f"{n:016x}", "vendor": f"A vendor with quite a long name, number {n % 30}"} for n in range(8000)
    ]
    reasons = ("not mail", "empty", "encrypted", "nested archive", "hidden folder", "special file")
    folder = tmp_path / ("folder-" * 20) / ("folder-" * 20)
    folder.mkdir(parents=True)
    lines = summary_text(tables(folder, messages, resources=resources, skipped=reasons * 1000)).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80


def test_the_csvs_are_named_and_lie_beside_the_tables(tmp_path: Path) -> None:
    paths = write_csvs(tables(tmp_path, mailbox()))
    assert paths == [tmp_path / "csv" / name for name in ("senders.csv", "vendors.csv", "years.csv")]
    assert sorted(path.name for path in (tmp_path / "csv").iterdir()) == ["senders.csv", "vendors.csv", "years.csv"]
    assert "senders.csv, vendors.csv, years.csv in" in summary_text(tmp_path)


def test_a_folder_that_cannot_be_written_still_has_its_summary(tmp_path: Path) -> None:
    tables(tmp_path, mailbox())
    (tmp_path / "csv").write_text("in the way")
    assert "can't be written" in plain(summary_text(tmp_path))
    with pytest.raises(UserError, match="can't be written"):
        write_csvs(tmp_path)


@pytest.mark.parametrize("missing", ["messages", "resources", "skipped"])
def test_a_folder_without_tables_is_refused_in_one_line(tmp_path: Path, missing: str) -> None:
    (tables(tmp_path, mailbox()) / f"{missing}.parquet").unlink()
    with pytest.raises(UserError, match=f"{missing}.parquet does not exist; make it with: pixelstudy extract") as error:
        summary_text(tmp_path)
    assert "\n" not in str(error.value)


def test_a_table_of_something_else_is_refused_in_one_line(tmp_path: Path) -> None:
    tables(tmp_path, mailbox())
    (tmp_path / "resources.parquet").write_bytes(b"name,mails\n")
    with pytest.raises(UserError, match="can't be read as Parquet") as error:
        summary_text(tmp_path)
    assert "\n" not in str(error.value)


def test_only_the_columns_that_it_takes_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str] | None] = []
    real = pq.read_table

    def spy(*args: Any, columns: list[str] | None = None, **options: Any) -> Any:
        asked.append(columns)
        return real(*args, columns=columns, **options)

    monkeypatch.setattr(pq, "read_table", spy)
    summary_text(tables(tmp_path, mailbox()))
    assert all(asked)
    assert not {"url", "token", "path_shape", "reason"} & {
        name for columns in asked for name in columns or () if columns != ["reason"]
    }


def test_a_mailbox_goes_from_mail_to_screen_and_agrees_with_the_definition(tmp_path: Path) -> None:
    pixel = '<img src="https://t.example.com/o?u=5e78d7ef2297cc80842b7591e" width=1 height=1>'
    mails = [
        f"From x Mon Feb  5 10:00:00 2024\nFrom: a@s{n % 7}.example\nMessage-ID: <{n}@x>\n"
        f"Date: Mon, 05 Feb 2024 10:00:00 +0000\nContent-Type: text/html\n\n<p>tea</p>{pixel * (n % 2)}\n\n"
        for n in range(42)
    ]
    (tmp_path / "all.mbox").write_text("".join(mails))
    extract([tmp_path / "all.mbox"], tmp_path / "out", jobs=1)
    messages = read_table(MESSAGES, tmp_path / "out")
    has = has_pixel(messages, read_table(RESOURCES, tmp_path / "out"), find_definition("spy_pixel"))
    assert has.tolist() == (messages["n_spy_pixel"] > 0).tolist()
    text = plain(summary_text(tmp_path / "out"))
    assert "SPY PIXELS 50.0 %" in text
    assert "read 42 = 42 kept + 0 duplicates + 0 skipped" in text


@pytest.mark.corpora
def test_real_newsletters_fit_the_screen(tmp_path: Path) -> None:
    folder = os.environ.get("PIXELSTUDY_CORPORA")
    if not folder:
        pytest.skip("PIXELSTUDY_CORPORA names no folder with the raw corpora")
    extract([Path(folder) / "unspy"], tmp_path, jobs=1)
    lines = summary_text(tmp_path).splitlines()
    assert len(lines) <= 40
    assert plain(lines[0]) == "read 21 = 21 kept + 0 duplicates + 0 skipped"


def test_other_populations_are_measured_when_asked_for(tmp_path: Path) -> None:
    spam = [{**row, "n_spy_pixel": 1, "sender_site": "win.example"} for row in mailbox(40, population="spam")]
    folder = tables(tmp_path, [*mailbox(40), *spam, *mailbox(40, population="sent")])
    text = plain(summary_text(folder, populations=["spam"]))
    assert "measured 40 newsletter" in text
    assert "in 40 of 40 messages in spam with HTML, from 1 sender: no share (" in text
    assert "with spam counted too" not in text
    text = plain(summary_text(folder, populations=["sent", "received"]))
    assert "50.0 % of all 80 received or sent, HTML or not" in text
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["csv-received-sent", "csv-spam"]
    with write_csvs(folder, populations=["spam"])[0].open(encoding="utf-8") as file:
        assert [row["sender_site"] for row in csv.DictReader(file)] == ["win.example"]
