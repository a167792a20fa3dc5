"""Where the time of a message goes: each step of the way alone, by processor time, once everything is warm.

``python -m benchmarks.stages MBOX`` prints microseconds a message.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pixelstudy.extraction.parquet import to_arrow
from pixelstudy.extraction.parts import message_rows, unsettled
from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
from pixelstudy.mail.message import _key, parse_message
from pixelstudy.mail.mime import read_mime
from pixelstudy.mail.raw import RawMessage
from pixelstudy.pixels.examine import Resource, resources_of
from pixelstudy.pixels.html import parse
from pixelstudy.pixels.resources import HtmlPart, find_resources
from pixelstudy.tables import RESOURCES

__all__ = ["measure"]

_TURNS = 3


def measure(mail: Path) -> dict[str, float]:
    """Return the microseconds that a message of `mail` takes in each step; the best of some turns."""
    n = len(_raw(mail))
    best: dict[str, float] = {}
    for _ in range(_TURNS):
        for name, seconds in _turn(mail).items():
            best[name] = min(seconds, best.get(name, seconds))
    whole = {name: round(1e6 * seconds / n) for name, seconds in best.items()}
    return {
        "split the mbox": whole["read"],
        "undo MIME, decode": whole["mime"],
        "digest what names the message": whole["key"],
        "read its headers": whole["message"] - whole["mime"] - whole["key"],
        "parse the HTML": whole["parse"],
        "find resources, their size and hiding": whole["find"] - whole["parse"],
        "judge them": whole["judge"] - whole["find"],
        "count click links, make rows": whole["rows"] - whole["judge"],
        "make columns of the rows": whole["columns"],
    }


def _raw(mail: Path) -> list[RawMessage]:
    return [each for part in open_mailbox(mail).parts() for each in read_part(part) if isinstance(each, RawMessage)]


def _turn(mail: Path) -> dict[str, float]:
    spent: dict[str, float] = {}

    def each(name: str, step: Callable[[Any], Any], of: Sequence[Any]) -> list[Any]:
        start = time.process_time()
        done = [step(one) for one in of]
        spent[name] = time.process_time() - start
        return done

    (raw,) = each("read", _raw, [mail])
    each("mime", lambda one: read_mime(one.data), raw)
    each("key", lambda one: _key(one.data), raw)
    messages = each("message", parse_message, raw)
    texts = [body.text for message in messages for body in message.html]
    each("parse", parse, texts)
    each("find", lambda text: find_resources(HtmlPart(text)), texts)
    each("judge", resources_of, messages)
    rows = each("rows", lambda message: message_rows(message, origin="mail"), messages)
    each("columns", _columns, [rows])
    return spent


def _columns(rows: Sequence[Any]) -> Any:
    keys = [row["message_key"] for row, resources in rows for _ in resources]
    values = zip(*(resource for _, resources in rows for resource in resources), strict=True)
    columns = dict(zip(Resource._fields, values, strict=True))
    return to_arrow(RESOURCES, {"message_key": keys, **columns, **unsettled(columns["verdict"])})


if __name__ == "__main__":
    for name, microseconds in measure(Path(sys.argv[1])).items():
        print(f"{name:40}{microseconds:7,.0f}")
