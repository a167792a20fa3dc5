"""Proton: the labels that lie beside a message."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mailboxes import proton_files, tgz, write

from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import extract
from pixelstudy.mail.boxes import proton
from pixelstudy.mail.boxes.mailbox import RawMessage, Skipped, open_mailbox, read_part
from pixelstudy.mail.populations import read_population
from pixelstudy.tables import MESSAGES


def read(path: Path) -> list[RawMessage | Skipped]:
    return [row for part in open_mailbox(path).parts() for row in read_part(part)]


@pytest.mark.parametrize(
    ("ids", "population"),
    [
        (["0", "5", "15"], "received"),
        (["2", "5", "7", "15"], "sent"),
        (["0", "2", "5", "7"], "received"),
        (["1", "5", "8"], "draft"),
        (["4", "5"], "spam"),
        (["2", "3", "5"], "trash"),
        (["6", "5", "xQ=="], "received"),
        ([], "received"),
    ],
)
def test_labels_say_the_population(ids: list[str], population: str) -> None:
    labels = proton.labels_in(json.dumps({"Payload": {"LabelIDs": ids}}).encode(), {"xQ==": "Trips"})
    assert read_population({}, folders=labels) == population


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"Payload": 3}', b'{"Payload": {"LabelIDs": 3}}', b"\xff", b"[" * 9999]
)
def test_what_is_broken_breaks_nothing(data: bytes) -> None:
    assert proton.labels_in(data, {}) == ()
    assert proton.names_in(data) == {}


def test_labels_without_their_message_are_a_row(tmp_path: Path) -> None:
    files = proton_files()
    del files["1==.eml"]
    for name, data in files.items():
        write(tmp_path / name, data)
    rows = read(tmp_path)
    assert [(row.origin, row.detail) for row in rows if isinstance(row, Skipped)] == [
        ("1==.metadata.json", "labels of a Proton message that is not here")
    ]
    assert len(rows) == 5


@pytest.mark.parametrize("order", ["as it is", "sorted", "labels first", "labels last", "in a folder"])
@pytest.mark.parametrize("pack", [tgz, lambda members: gzip.decompress(tgz(members))], ids=["tgz", "tar"])
def test_in_a_tar_they_are_read_in_any_order(tmp_path: Path, order: str, pack: Callable[..., bytes]) -> None:
    files = proton_files()
    key = {"sorted": str, "labels first": lambda name: name.endswith(".eml")}.get(order)
    names = [*files] if order in ("as it is", "in a folder") else sorted(files, key=key or (lambda n: "json" in n))
    inside = "mail_20260420/" if order == "in a folder" else ""
    for name, data in files.items():
        write(tmp_path / "export" / inside / name, data)
    path = write(tmp_path / "box", pack({inside + name: files[name] for name in names}))
    rows, plain = read(path), read(tmp_path / "export")
    assert len(rows) == len(plain) == 5
    labels = [{row.data: row.labels for row in found if isinstance(row, RawMessage)} for found in (rows, plain)]
    assert labels[0] == {data: found[1:] for data, found in labels[1].items()}


def test_in_a_tar_labels_without_their_message_are_a_row(tmp_path: Path) -> None:
    files = proton_files()
    del files["1==.eml"]
    rows = read(write(tmp_path / "proton.tgz", tgz(files)))
    assert [row.origin for row in rows if isinstance(row, Skipped)] == ["proton.tgz!1==.metadata.json"]
    assert len(rows) == 5


def test_a_label_that_changed_is_read_again(tmp_path: Path) -> None:
    for name, data in proton_files().items():
        write(tmp_path / "export" / name, data)
    one = extract([tmp_path / "export"], tmp_path / "tables", jobs=1)
    side = tmp_path / "export" / "1==.metadata.json"
    side.write_text(json.dumps({"Payload": {"ID": "1==", "LabelIDs": ["3", "5", "15"]}}))
    two = extract([tmp_path / "export"], tmp_path / "tables", jobs=1)
    assert one.fingerprint != two.fingerprint
    changed = read_table(MESSAGES, tmp_path / "tables").set_index("origin")["population"]
    assert changed["1==.eml"] == "trash"
