"""The obvious pipeline, as somebody would write it in an afternoon, and fairly: no detour that costs time for nothing.

``mailbox.mbox``, the ``email`` package with its default policy, BeautifulSoup over ``html.parser``, a loop of rules
over every ``<img>`` (a declared size of one pixel, or a listed host), a data frame at the end. It reads declared sizes
and listed hosts alone: no style sheets, no ancestors, no other carriers, no tokens. With ``finder`` as the last word,
the rule is spy-pixel-finder's instead: ``width="1" height="1"``, exactly.
``python -m benchmarks.obvious MBOX OUT.parquet [finder]``
"""

from __future__ import annotations

import csv
import email
import mailbox
import re
import sys
from email import policy
from importlib.resources import files
from typing import IO, Any
from urllib.parse import urlsplit

import pandas as pd
from bs4 import BeautifulSoup

__all__ = ["read"]

_SMALL = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[01]px", re.IGNORECASE)


FINDER: dict[str, Any] = {"src": True, "width": "1", "height": "1"}
"""What spy-pixel-finder looks for in an image."""


def read(path: str, wanted: dict[str, Any] | None = None) -> pd.DataFrame:
    """Return one row an image of every HTML part of an mbox: whether it is small, and whether its host is listed.

    Parameters
    ----------
    path
        The mbox.
    wanted
        The attributes of the images that count; by default all that load something.
    """
    with files("pixelstudy.pixels.urls").joinpath("vendors.csv").open(encoding="utf-8") as file:
        hosts = [row["host"] for row in csv.DictReader(file) if row["host"] and row["role"] == "open"]
    rows: list[dict[str, Any]] = []
    for number, message in enumerate(mailbox.mbox(path, factory=_message, create=False)):
        for part in message.walk():
            if part.get_content_type() != "text/html" or part.get_content_disposition() == "attachment":
                continue
            try:
                html = part.get_content()
            except LookupError:  # a charset that Python does not know
                html = part.get_payload(decode=True).decode("utf-8", "replace")
            for image in BeautifulSoup(html, "html.parser").find_all("img", wanted or {"src": True}):
                row = _row(image, hosts)
                if row:
                    rows.append({"message": number, "sender": str(message["from"]), **row})
    return pd.DataFrame(rows)


def _message(file: IO[bytes]) -> Any:
    return email.message_from_binary_file(file, policy=policy.default)


def _row(image: Any, hosts: list[str]) -> dict[str, Any] | None:
    try:
        host = urlsplit(image["src"]).hostname
    except ValueError:
        return None
    if not host:
        return None
    width, height = image.get("width"), image.get("height")
    is_small = (width in ("0", "1") and height in ("0", "1")) or len(_SMALL.findall(image.get("style", ""))) > 1
    listed = None
    for each in hosts:
        if host == each or host.endswith("." + each):
            listed = each
            break
    return {
        "url": image["src"],
        "host": host,
        "width": width,
        "height": height,
        "is_small": is_small,
        "listed": listed,
        "is_pixel": is_small or listed is not None,
    }


if __name__ == "__main__":
    found = read(sys.argv[1], FINDER if sys.argv[3:] == ["finder"] else None)
    found.to_parquet(sys.argv[2])
    print(f"{len(found):,} images, {found['is_pixel'].sum() if len(found) else 0:,} pixels")
