"""The public corpora as plain mboxes, so that every way can read them."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from pixelstudy.corpora.catalogue import corpora, locate
from pixelstudy.errors import UserError
from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
from pixelstudy.mail.raw import RawMessage

__all__ = ["write_corpora", "write_markup"]

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)


def write_markup(path: Path) -> int:
    """Write the Markup's mbox to `path`, unpacked, and return how many messages it holds; 0 where it is not here."""
    try:
        ((corpus, packed),) = locate("markup")
    except UserError:
        return 0
    with gzip.open(packed) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    return corpus.messages


def write_corpora(path: Path) -> int:
    """Write every corpus that is here to `path`, as one mbox, and return how many messages it holds."""
    n_messages = 0
    with path.open("wb") as file:
        for data in _messages():
            file.write(b"From corpus@example.org Thu Aug 22 12:36:23 2002\n")
            file.write(_FROM_LINE.sub(rb">\1", data) + b"\n\n")
            n_messages += 1
    return n_messages


def _messages() -> Iterator[bytes]:
    for corpus in corpora():
        try:
            located = locate(corpus.name)
        except UserError:
            continue
        for _, mailbox in located:
            for part in open_mailbox(mailbox).parts():
                yield from (each.data for each in read_part(part) if isinstance(each, RawMessage))
