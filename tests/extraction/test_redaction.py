"""What may leave the machine: identities are planted wherever mail can write, and must be in no released table."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pixelstudy.corpora.release import redacted_tables
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.redaction import _public_sign, _public_size, public_host, redact_mailbox, redact_messages
from pixelstudy.extraction.run import extract
from pixelstudy.extraction.whose import sender_of, told_apart
from pixelstudy.pixels.urls.address import _TRADE_WORDS as TRADE_WORDS
from pixelstudy.pixels.urls.address import path_shape
from pixelstudy.tables import MESSAGES, RELEASED, RESOURCES, SKIPPED, TABLES, Table

ADDRESS = "jane.quillfeather@quillfeather.example"
MD5 = hashlib.md5(ADDRESS.encode()).hexdigest()
BASE64 = urlsafe_b64encode(ADDRESS.encode()).decode().rstrip("=")
TOKEN = "Zq7Lm2Xw9Tb4Vk6Rn1Yp"
PLANTED = ("quillfeather", "jane", MD5, BASE64, TOKEN)

PAGE = f"""
<img src="https://t.example.com/open?e={ADDRESS}" width=1 height=1>
<img src="https://t.example.com/open/{MD5}.gif" width=1 height=1>
<img src="https://t.example.com/{BASE64}/quillfeather/jane/p.gif?u={TOKEN}" width=1 height=1>
<img src="https://jane.mail.example.com/a.gif" width=1 height=1>
<img src="https://jane-quillfeather.example.com/quillfeather.gif">
<img src="https://{MD5}.t.example.com/a.gif?jane=1" width=1 height=1>
<img src="https://t.example.com/a.gif" width="jane" height="quillfeather">
<img src="https://t.example.com/b.gif" style="width:jane;display:none">
<quillfeather style="display:none"><img src="https://t.example.com/c.gif?u={TOKEN}"></quillfeather>
<jane)quillfeather hidden><img src="https://t.example.com/d.gif?u={TOKEN}"></jane)quillfeather>
<div style="background:url(https://t.example.com/e.gif?jane={TOKEN}) quillfeather">
<quillfeather background="https://t.example.com/f.gif">
"""


def mail(sender: str, *headers: str, page: str = PAGE) -> bytes:
    lines = [f"From: {sender}", f"To: Jane Quillfeather <{ADDRESS}>", f"Subject: for jane, {TOKEN}", *headers]
    return "\n".join([*lines, "Date: Thu, 22 Aug 2002 12:36:23 +0000", "Content-Type: text/html", "", page]).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tables of six messages in which identities are planted, and of two files that are none."""
    box = tmp_path / "box"
    box.mkdir()
    bulk = "List-Unsubscribe: <https://example.com/u>"
    (box / "1.eml").write_bytes(mail("shop@news.example.com", bulk, f"X-Gmail-Labels: {ADDRESS}", "List-Id: <jane>"))
    (box / "2.eml").write_bytes(mail("shop@jane.shop.example.com", bulk))
    (box / "3.eml").write_bytes(mail(ADDRESS.upper()))
    (box / "4.eml").write_bytes(mail(f"Jane <{ADDRESS}>", "Precedence: list"))
    (box / "5.eml").write_bytes(mail("joe@quillfeather.example", page='<img src="https://quillfeather.example/a.gif">'))
    (box / "6.eml").write_bytes(mail("ann@other.example", page="<p>"))
    (box / "7.eml").write_bytes(b"quillfeather")
    extract([box], tmp_path / "tables", jobs=1)
    return tmp_path / "tables"


def test_the_planted_identities_are_in_the_tables_that_stay(folder: Path) -> None:
    """Else the next test would pass on nothing."""
    held = "\n".join(read_table(table, folder).to_csv() for table in TABLES).lower()
    for planted in PLANTED:
        assert planted.lower() in held


def test_no_planted_identity_is_in_a_released_table(folder: Path, tmp_path: Path) -> None:
    for table, data in redacted_tables(folder).items():
        held = data.to_pandas().to_csv()
        pq.write_table(data, tmp_path / "plain.parquet", compression="none")
        raw = (tmp_path / "plain.parquet").read_bytes().decode("latin-1")
        for planted in PLANTED:
            assert planted.lower() not in held.lower(), (table.name, planted)
            assert planted.lower() not in raw.lower(), (table.name, planted)


def test_columns_that_stay_are_gone_and_rows_are_not(folder: Path) -> None:
    released = redacted_tables(folder)
    assert tuple(released) == RELEASED
    for table, data in released.items():
        assert tuple(data.column_names) == table.released().names
        assert table not in TABLES or len(data) == len(read_table(table, folder))
        assert data.schema.metadata is None


def test_what_persons_write_is_numbered_and_mails_of_one_still_belong_together(folder: Path) -> None:
    messages = redacted_tables(folder)[MESSAGES].to_pandas().set_index("origin")
    assert messages["kind"].tolist() == ["newsletter", "newsletter", "personal", "list", "personal", "personal"]
    senders = ["example.com", "example.com", "person-1", "person-1", "person-1", "person-2"]
    assert messages["sender_site"].tolist() == senders
    assert messages["sender_domain"].tolist() == ["news.example.com", "x.shop.example.com", *senders[2:]]


def test_hosts_in_what_persons_write_are_numbered_within_the_message(folder: Path) -> None:
    released = redacted_tables(folder)
    messages, resources = released[MESSAGES].to_pandas(), released[RESOURCES].to_pandas()
    folded = set(messages.loc[messages["kind"].isin(["personal", "list"]), "message_key"])
    for key, group in resources.groupby("message_key"):
        assert group["host"].str.fullmatch(r"host-\d+").all() == (key in folded)
        assert group["site"].str.fullmatch(r"host-\d+").all() == (key in folded)
    before = read_table(RESOURCES, folder)
    for column in ("host", "site"):
        both = before.assign(after=resources[column])[before["message_key"].isin(folded)].groupby("message_key")
        assert (both[column].nunique() == both["after"].nunique()).all()


def test_a_declared_size_that_was_there_is_no_missing_one(folder: Path) -> None:
    before, after = read_table(RESOURCES, folder), redacted_tables(folder)[RESOURCES].to_pandas()
    for column in ("declared_width", "declared_height"):
        assert (before[column].isna() == after[column].isna()).all()
    assert "auto" in after["declared_width"].tolist()


def test_senders_that_share_a_host_are_told_apart_by_address() -> None:
    columns = ["sender_address", "sender_domain", "sender_site", "kind"]
    rows = [
        ("ann@gmail.com", "gmail.com", "gmail.com", "list"),
        ("bob@gmail.com", "gmail.com", "gmail.com", "personal"),
        ("carl@uni.example", "uni.example", "uni.example", "list"),
        ("dora@uni.example", "uni.example", "uni.example", "list"),
        ("ann@gmail.com", "gmail.com", "gmail.com", "list"),
        (None, None, None, "list"),
        ("ny1.smith@mail.house.gov", "mail.house.gov", "house.gov", "newsletter"),
        ("ny2.jones@mail.house.gov", "mail.house.gov", "house.gov", "newsletter"),
        ("club@gmail.com", "gmail.com", "gmail.com", "newsletter"),
        ("ny1.smith@mail.house.gov", "mail.house.gov", "house.gov", "newsletter"),
    ]
    messages = pd.DataFrame(rows, columns=columns, dtype="str").reindex(columns=list(MESSAGES.names))
    released = redact_messages(messages)
    apart = released["sender_site"]
    assert apart[:5].tolist() == ["person-1", "person-2", "person-3", "person-3", "person-1"]
    assert apart.isna().tolist() == [False] * 5 + [True] + [False] * 4
    assert apart[6:].tolist() == ["house.gov-1", "house.gov-2", "gmail.com-1", "house.gov-1"]
    assert apart[6:].tolist() == redact_messages(released)["sender_site"][6:].tolist(), "redacted twice"
    assert "smith" not in released.to_csv()


def test_a_sender_is_an_address_where_a_host_is_shared_and_a_site_elsewhere() -> None:
    addresses = ["ann@gmail.com", "bob@gmail.com", "a@shop.example", "b@news.shop.example", "ny1.smith@mail.house.gov"]
    sites = ["gmail.com", "gmail.com", "shop.example", "shop.example", "house.gov"]
    messages = pd.DataFrame({"sender_address": addresses, "sender_site": sites})
    assert told_apart(messages)["sender_site"].tolist() == [sender_of(address) for address in addresses]
    assert told_apart(messages)["sender_site"].nunique() == 4
    released = messages[["sender_site"]]
    assert told_apart(released).equals(released)


class TestMailboxWithoutSenders:
    """A mailbox of which no sender may be named, however many messages it sent."""

    @pytest.fixture
    def shared(self, tmp_path: Path) -> tuple[dict[Table, pd.DataFrame], pd.DataFrame]:
        box = tmp_path / "box"
        box.mkdir()
        pixels = ("https://img.bank{n}.example/logo.gif", "https://cdn.everybody.example/a.gif",
                  "https://own-cdn{n}.example/a.gif", "https://click.klaviyomail.com/o/Zq7Lm2Xw9Tb4Vk6Rn1Yp",
                  "https://www.paypal.com/a.gif")  # fmt: skip
        for n in range(6):
            page = "".join(f'<img src="{pixel.format(n=n)}" width=1 height=1>' for pixel in pixels)
            for copy in range(6):
                bulk = ("List-Unsubscribe: <https://example.com/u>", f"Message-ID: <{n}-{copy}@example.com>")
                (box / f"{n}-{copy}.eml").write_bytes(mail(f"news@bank{n}.example", *bulk, page=page))
        (box / "paypal.eml").write_bytes(mail("service@paypal.com", *bulk, page=page))
        extract([box], tmp_path / "tables", jobs=1)
        tables = [read_table(table, tmp_path / "tables") for table in TABLES]
        return redact_mailbox(*tables, are_senders_named=False), tables[1]

    def test_no_sender_and_no_host_of_its_own_is_left(
        self, shared: tuple[dict[Table, pd.DataFrame], pd.DataFrame]
    ) -> None:
        tables, _ = shared
        held = "\n".join(frame.to_csv() for frame in tables.values())
        assert not re.search(r"bank\d|own-cdn|paypal|@", held, re.IGNORECASE)
        assert set(tables[MESSAGES]["sender_site"]) == {f"sender-{n}" for n in range(1, 8)}
        assert "everybody.example" in held

    def test_rows_verdicts_and_the_kind_of_vendor_stay(
        self, shared: tuple[dict[Table, pd.DataFrame], pd.DataFrame]
    ) -> None:
        tables, before = shared
        after = tables[RESOURCES]
        for column in ("verdict", "vendor_kind", "vendor_confidence", "party", "position"):
            assert after[column].equals(before[column]), column
        assert (after["vendor"].isna() == before["vendor"].isna()).all()
        assert list(tables) == [MESSAGES, RESOURCES, SKIPPED]


@pytest.mark.parametrize(
    ("host", "site", "shown"),
    [
        ("example.com", "example.com", "example.com"),
        ("click.mail.example.com", "example.com", "click.mail.example.com"),
        ("img2.e.example.com", "example.com", "img2.e.example.com"),
        ("static-assets.example.com", "example.com", "static-assets.example.com"),
        ("jane.example.com", "example.com", "x.example.com"),
        ("click-jane.example.com", "example.com", "x.example.com"),
        ("u1234567.ct.sendgrid.net", "sendgrid.net", "x.ct.sendgrid.net"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("a b", "a b", "x"),
    ],
)
def test_a_host_keeps_words_of_the_trade(host: str, site: str, shown: str) -> None:
    assert public_host(host, site) == shown


@pytest.mark.parametrize("size", ["1", "1px", "0.5em", "100%", "-3", ".5", "600", "1.25 "])
def test_a_size_stays_as_it_is(size: str) -> None:
    assert _public_size(size) == size.strip()


@given(st.text(max_size=30))
@example("౦")
def test_a_size_says_nothing_else(size: str) -> None:
    assert re.fullmatch(r"auto|[+-]?(\d{1,4}(\.\d{0,2})?|\.\d{1,2})[a-zA-Z%]{0,3}", _public_size(size), re.ASCII)


def test_elements_are_named_that_html_has() -> None:
    assert _public_sign("opacity:0 on td") == "opacity:0 on td"
    assert _public_sign("opacity:0 on self") == "opacity:0 on self"
    assert _public_sign("opacity:0 on jane on td") == "opacity:0 on jane on td"
    assert _public_sign("opacity:0 on tea)pot") == "opacity:0 on another element"


@given(st.from_regex(r"(/[A-Za-z0-9%_.~-]{0,12}){1,6}(\?[A-Za-z]{1,8}=[A-Za-z0-9%@.+-]{0,30})?", fullmatch=True))
def test_a_shape_spells_out_words_of_the_trade_alone(path: str) -> None:
    shape = path_shape(path)
    words = re.findall(r"[A-Za-z0-9%+]+", shape if len(shape) < 120 else shape.rpartition("/")[0])
    assert set(words) <= TRADE_WORDS | {"9", "h", "w", "x"}
