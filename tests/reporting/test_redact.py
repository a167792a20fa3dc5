"""What leaves the machine: identities are planted wherever mail can write, and looked for in all that may be shared."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import quopri
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pixelstudy.cli import main as command
from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import extract, read_run
from pixelstudy.measure.prevalence import prevalence
from pixelstudy.reporting.redact import share
from pixelstudy.reporting.report import report_html
from pixelstudy.reporting.summary import summary_text
from pixelstudy.reporting.unknown import unknown_groups, unknown_text
from pixelstudy.tables import MESSAGES, RESOURCES, TABLES

ADDRESS = "jane.quillfeather@quillfeather.example"
FRIEND = "otto.marzipan@marzipan.example"
TOKEN = "Zq7Lm2Xw9Tb4Vk6Rn1Yp"
HEXES = "5e78d7ef2297cc80842b"
IDENTITIES = (
    ADDRESS, "jane.quillfeather", "quillfeather", FRIEND, "otto.marzipan", "marzipan", TOKEN, HEXES, "zanzibar",
    "marmalade", "confidential-box", "tinyclub", "rarepixel", "list-of-jane", "mid-8861",
)  # fmt: skip

BASE64 = base64.urlsafe_b64encode(ADDRESS.encode()).decode()


def forms(identity: str) -> Iterator[bytes]:
    """Yield an identity as it may be written: as it is, encoded, and hashed."""
    data = identity.encode()
    for text in (identity, identity.upper(), identity.capitalize(), identity[::-1]):
        yield text.encode()
        yield text.encode("utf-16-le")
        yield quote(text, safe="").encode()
        yield quopri.encodestring(text.encode(), quotetabs=True)
    yield "".join(f"%{byte:02X}" for byte in data).encode()
    yield "".join(f"&#{byte};" for byte in data).encode()
    yield binascii.hexlify(data)
    for lead in range(3):  # base64 of it behind anything: what does not depend on what is around
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"x" * lead + data)[4 if lead else 0 : -4]
    yield base64.b32encode(data).rstrip(b"=")
    for name in ("md5", "sha1", "sha256", "sha512"):
        for text in (identity, identity.lower(), identity.upper()):
            digest = hashlib.new(name, text.encode())
            yield digest.hexdigest().encode()
            yield base64.b64encode(digest.digest()).rstrip(b"=")


def page(n: int, host: str = "t.bigshop.example") -> str:
    return "\n".join(
        (
            f'<img src="https://{host}/open?e={quote(ADDRESS)}&n={n}" width=1 height=1>',
            f'<img src="https://{host}/o/{hashlib.md5(ADDRESS.encode()).hexdigest()}.gif" width=1 height=1>',
            f'<img src="https://{host}/o/{BASE64}/p.gif" width=1 height=1>',
            f'<img src="https://jane-quillfeather.{host}/quillfeather/{TOKEN}.gif?u={HEXES}" width=1 height=1>',
            f'<img src="https://{HEXES}.counter.example/zanzibar/marmalade?q={TOKEN}" width=1 height=1>',
            f'<img src="https://rarepixel{n}.example/o?u={HEXES}" width=1 height=1>',
            f'<img src="https://{host}/a.gif" width="quillfeather" height="{TOKEN}">',
            f'<quillfeather style="display:none"><img src="https://{host}/b.gif?u={TOKEN}{n}"></quillfeather>',
            f'<div style="background:url(https://{host}/c.gif?marzipan={TOKEN}) marmalade">zanzibar</div>',
        )
    )


def mail(n: int, sender: str, *headers: str, host: str = "t.bigshop.example") -> bytes:
    lines = [
        f"From: Otto Marzipan <{sender}>", f"To: Jane Quillfeather <{ADDRESS}>", f"Delivered-To: {ADDRESS}",
        "Subject: zanzibar marmalade for jane", f"Message-ID: <mid-8861-{n}@{sender.partition('@')[2]}>",
        f"Date: Thu, 22 Aug 2002 12:36:{n:02} +0000", "X-Gmail-Labels: marmalade,Inbox", *headers,
        f"X-Mailer: {TOKEN}", "Content-Type: text/html", "", page(n, host),
    ]  # fmt: skip
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a mailbox that holds all identities."""
    root = tmp_path_factory.mktemp("private")
    box = root / "confidential-box"
    (box / "zanzibar").mkdir(parents=True)
    bulk = "List-Unsubscribe: <https://t.bigshop.example/u>"
    for n in range(8):
        data = mail(n, f"jane.{TOKEN}@mail.bigshop.example", bulk, "List-Id: <list-of-jane.example>")
        (box / f"jane.quillfeather-{n}.eml").write_bytes(data)
    for n in range(8, 11):
        (box / "zanzibar" / f"{n}.eml").write_bytes(mail(n, "news@tinyclub.example", bulk, host="t.tinyclub.example"))
    for n in range(11, 18):
        (box / f"{n}.eml").write_bytes(mail(n, FRIEND, host="marzipan.example"))
    for n in range(18, 24):  # what the owner sent, as a list
        data = mail(n, ADDRESS, bulk, host="t.quillfeather.example").replace(b"marmalade,Inbox", b"Sent")
        (box / f"{n}.eml").write_bytes(data)
    (box / "marmalade.txt").write_bytes(b"jane.quillfeather: no mail")
    extract([box], root / "tables", jobs=1)
    return root / "tables"


@pytest.fixture(scope="module")
def leaving(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Everything that may leave the machine, by name; tables as text and as uncompressed bytes."""
    out = tmp_path_factory.mktemp("public")
    found = {"report.html": report_html(folder, redact=True).encode(), "unknown": unknown_text(folder).encode()}
    for path in share(folder, out):
        found[path.name] = path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            pq.write_table(table, out / "plain.parquet", compression="none", use_dictionary=False)
            found[path.name] = (out / "plain.parquet").read_bytes() + table.to_pandas().to_csv().encode()
    found["report of what is shared"] = report_html(out, redact=False).encode()
    found["summary of what is shared"] = summary_text(out).encode()
    found["unknown in what is shared"] = unknown_text(out).encode()
    return found


def test_everything_that_may_leave_is_looked_at(leaving: dict[str, bytes]) -> None:
    assert set(leaving) == {
        "messages.parquet", "resources.parquet", "skipped.parquet", "run.json", "senders.csv", "vendors.csv",
        "years.csv", "report.html", "unknown", "report of what is shared", "summary of what is shared",
        "unknown in what is shared",
    }  # fmt: skip
    assert all(len(data) > 40 for data in leaving.values())


@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_identity_leaves_in_any_form(leaving: dict[str, bytes], identity: str) -> None:
    for name, data in leaving.items():
        if (name, identity) == ("unknown", "rarepixel"):
            continue  # a third party's site in bulk mail is the finding itself
        for form in forms(identity):
            assert len(form) > 3
            assert form not in data, (name, form)
            assert form.lower() not in data.lower() or not form.isalpha(), (name, form)


@pytest.mark.parametrize("identity", [each for each in IDENTITIES if each != "mid-8861"])
def test_the_tables_that_stay_hold_them(folder: Path, identity: str) -> None:
    """Else the test above would pass on nothing."""
    held = "\n".join(read_table(table, folder).to_csv() for table in TABLES) + (folder / "run.json").read_text()
    assert identity.lower() in held.lower()


def test_a_form_that_leaves_is_found(leaving: dict[str, bytes]) -> None:
    """A name that does leave: the search finds it in each place that names senders."""
    naming = {name for name, data in leaving.items() if b"bigshop" in data}
    assert naming >= {"messages.parquet", "resources.parquet", "senders.csv", "report.html"}


def test_messages_and_verdicts_are_all_there_and_shares_are_the_same(folder: Path, tmp_path: Path) -> None:
    share(folder, tmp_path / "out")
    for table in TABLES:
        assert len(read_table(table, tmp_path / "out")) == len(read_table(table, folder))
        assert tuple(read_table(table, tmp_path / "out")) == table.released().names
    rows = []
    for where in (folder, tmp_path / "out"):
        messages = read_table(MESSAGES, where)
        chosen = messages[(messages["population"] == "received") & messages["has_html"]]
        rows.append(
            prevalence(chosen, (chosen["n_spy_pixel"] > 0).astype(bool)).drop(columns="definition", errors="ignore")
        )
    pd.testing.assert_frame_equal(*rows)
    before, after = read_table(RESOURCES, folder), read_table(RESOURCES, tmp_path / "out")
    assert before["verdict"].tolist() == after["verdict"].tolist()
    assert (
        before.groupby("message_key", sort=False).size().tolist()
        == after.groupby("message_key", sort=False).size().tolist()
    )


def test_senders_of_few_messages_and_what_could_be_worked_out_from_a_copy_are_folded(
    folder: Path, tmp_path: Path
) -> None:
    share(folder, tmp_path / "out")
    messages, before = read_table(MESSAGES, tmp_path / "out"), read_table(MESSAGES, folder)
    senders = messages["sender_site"].value_counts().to_dict()
    assert senders == {"bigshop.example": 8, "person-1": 7, "sender-1": 6, "sender-2": 3}
    assert not set(messages["message_key"]) & set(before["message_key"])
    assert messages["message_key"].str.fullmatch("[0-9a-f]{16}").all()
    assert set(messages["sent_at"].dt.strftime("%Y-%m-%d %H:%M:%S")) == {"2002-08-01 00:00:00"}
    assert (messages["size_bytes"] % 1_000 == 0).all()
    assert set(messages["origin"]) == {"mailbox"}
    share(folder, tmp_path / "more", fewest=9)
    assert set(read_table(MESSAGES, tmp_path / "more")["sender_site"]) == {
        "sender-1",
        "sender-2",
        "sender-3",
        "person-1",
    }
    run = read_run(tmp_path / "out")
    assert run is not None
    assert (run.arguments["mailboxes"], run.fingerprint, run.size_bytes) == (["mailbox"], "", 10**6)
    assert run.counts.n_kept == len(messages)


def test_a_name_that_cannot_be_written_or_is_the_same_folder_is_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds the tables to share from"):
        share(folder, folder / "." / ".." / folder.name)
    with pytest.raises(UserError, match="holds no finished run; make it with: pixelstudy extract"):
        share(tmp_path, tmp_path / "out")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=r"file can't be written: .*; name another folder with --out"):
        share(folder, tmp_path / "file")


class TestUnknown:
    def test_groups_come_by_messages_with_shapes_and_no_site_that_tells_what_is_read(self, folder: Path) -> None:
        groups = unknown_groups(folder)
        counts = groups["n_messages"].tolist()
        assert counts == sorted(counts, reverse=True)
        hosts = set(groups["host"])
        assert {"(the sender's own)", "(in mail of persons)", "x.counter.example"} <= hosts
        assert not any("bigshop" in host or "tinyclub" in host for host in hosts)
        own = groups[(groups["host"] == "(the sender's own)") & (groups["path_shape"] == "/open?e=w.w%40w.w&w=9")]
        assert own.empty or own["n_senders"].tolist() == [2]

    def test_it_is_a_table_in_markdown(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.argv", ["pixelstudy", "unknown", str(folder), "--top", "2"])
        with pytest.raises(SystemExit) as ended:
            command()
        said = capsys.readouterr().out.splitlines()
        assert ended.value.code == 0
        assert [line.count("|") for line in said[3:7]] == [7] * 4
        assert "more groups; see them with --top" in said[-1]

    def test_none_is_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "a.eml").write_bytes(b"From: a@example.org\n\ntea")
        extract([tmp_path / "a.eml"], tmp_path / "out")
        assert unknown_text(tmp_path / "out") == "No invisible resource without a known vendor: nothing to contribute."

    def test_a_folder_without_tables_is_refused_in_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="does not exist; make it with: pixelstudy extract"):
            unknown_text(tmp_path)


def test_the_command_says_where_it_wrote(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["pixelstudy", "redact", str(folder), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        command()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'out'}: tables, run.json and csv/ to share")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["arguments"]["mailboxes"] == ["mailbox"]
