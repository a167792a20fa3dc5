"""Labels: which resources were drawn to be labelled, and the sheets that annotators fill in.

Resources are labelled from their markup alone, the verdict hidden, in two independent passes. The sample has two
parts. ``whole``: every resource of newsletters drawn from the Markup corpus, so that a message's own truth is
known. ``strata``: resources drawn at random within corpus, shape and verdict, so that rare cases are there, more
from a large stratum, where one error weighs more; each carries the weight that undoes it. The sheets hold
third-party mail and stay under ``data/private/``; what is released is ``data/labels/resources.csv``: corpus,
message, position, labels and a note.
"""

from __future__ import annotations

import hashlib
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

__all__ = [
    "COLUMNS",
    "LABELS",
    "draw_sample",
    "half_of",
    "shape_of",
    "sheet",
    "snippet",
    "surroundings",
    "write_labels",
]

LABELS = ("spy_pixel", "counting_pixel", "tracked_content", "spacer", "content", "cannot_tell")
"""What an annotator may say."""

COLUMNS = ("corpus", "message_key", "position", "part", "half", "weight", "first", "second", "label", "note")
"""Of ``resources.csv``: the resource; the part of the sample; the half (``development`` or ``report``); how many
resources of its stratum it stands for; the label of each pass; the label that was settled on, where they differ by
a third reading; a note."""

_WHOLE = {"with": 45, "without": 25}
_PER_STRATUM = 14
_ONE_IN = 80


def shape_of(resources: pd.DataFrame) -> pd.Series[str]:
    """Return what each resource looks like before it is judged: dot, line, hidden, unsized or picture."""
    width, height = resources["width_px"], resources["height_px"]
    smaller = pd.concat([width, height], axis=1).min(axis=1)
    conditions = [
        (width * height <= 9) | (smaller == 0),
        resources["hidden_by"].notna(),
        width.notna() & height.notna() & (smaller <= 2),
        width.isna() & height.isna(),
    ]
    return pd.Series(np.select(conditions, ["dot", "hidden", "line", "unsized"], "picture"), index=resources.index)


def half_of(message_key: str) -> str:
    """Return the half a message's resources belong to, by its key alone: no message is in both.

    >>> half_of("0123456789abcdef") in {"development", "report"}
    True
    """
    return "development" if hashlib.sha256(message_key.encode()).digest()[0] < 128 else "report"


def draw_sample(messages: pd.DataFrame, resources: pd.DataFrame, *, seed: int = 2021) -> pd.DataFrame:
    """Return the sample: ``corpus``, ``message_key``, ``position``, ``part``, ``half``, ``weight``.

    Parameters
    ----------
    messages, resources
        All released tables, with their ``corpus``.
    seed
        Of the draw; the same tables and seed give the same sample.
    """
    whole = _draw_messages(messages, seed)
    in_whole = resources["message_key"].isin(whole.index)
    first = resources[in_whole].assign(part="whole", weight=resources.loc[in_whole, "message_key"].map(whole))
    rest = resources[~in_whole]
    drawn = []
    for _, rows in rest.groupby([rest["corpus"], shape_of(rest), rest["verdict"]], sort=True):
        n = min(len(rows), _PER_STRATUM + len(rows) // _ONE_IN)
        drawn.append(rows.sample(n, random_state=seed).assign(part="strata", weight=len(rows) / n))
    sample = pd.concat([first, *drawn], ignore_index=True)
    sample["half"] = sample["message_key"].map(half_of)
    columns = ["corpus", "message_key", "position", "part", "half", "weight"]
    return sample[columns].sort_values(columns[:3], ignore_index=True)


def _draw_messages(messages: pd.DataFrame, seed: int) -> pd.Series[float]:
    about = messages[(messages["corpus"] == "markup") & (messages["kind"] == "newsletter") & messages["has_html"]]
    drawn: list[pd.Series[float]] = []
    for is_flagged, rows in about.groupby(about["n_spy_pixel"] > 0):
        n = min(len(rows), _WHOLE["with" if is_flagged else "without"])
        chosen = rows.sample(n, random_state=seed)["message_key"]
        drawn.append(pd.Series(len(rows) / n, index=chosen.to_numpy()))
    return pd.concat(drawn)


def sheet(sample: pd.DataFrame) -> pd.DataFrame:
    """Return what an annotator sees of each resource of `sample`: its markup and address, never its verdict.

    The raw mail is read again, so the rows hold third-party mail: they belong under ``data/private/``. Columns: ``id``,
    ``message_key``, ``position``, ``carrier``, ``n_repeats``, ``address``,
    ``recipients``, ``markup``, ``around`` (the tags it stands in), ``rules`` (those of style sheets that name one of
    its classes or ids).
    """
    from bs4 import BeautifulSoup

    from pixelstudy.corpora.catalogue import locate
    from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
    from pixelstudy.mail.message import parse_message
    from pixelstudy.mail.raw import RawMessage
    from pixelstudy.pixels.examine import resources_of

    wanted = sample.groupby("message_key")["position"].agg(set).to_dict()
    rows = []
    for corpus in sample["corpus"].unique():
        for _, path in locate(corpus):
            for part in open_mailbox(path).parts():
                for raw in read_part(part):
                    if not isinstance(raw, RawMessage):
                        continue
                    message = parse_message(raw)
                    positions = wanted.pop(message.key, ())
                    if not positions:
                        continue
                    text = "\n".join(body.text for body in message.html)
                    soup = BeautifulSoup(text, "html5lib")
                    rows += [
                        {
                            "message_key": message.key,
                            "position": resource.position,
                            "carrier": resource.carrier,
                            "n_repeats": resource.n_repeats,
                            "address": resource.url,
                            "recipients": " ".join(message.recipients[:2]),
                            "markup": snippet(text, resource.url, resource.depth_share),
                            **surroundings(soup, resource.url, resource.depth_share),
                        }
                        for resource in resources_of(message)
                        if resource.position in positions
                    ]
    found = pd.DataFrame(rows).merge(sample[["message_key", "position"]], on=["message_key", "position"])
    found = found.sample(frac=1, random_state=1).reset_index(drop=True)
    return found.rename_axis("id").reset_index()


def snippet(text: str, url: str, depth_share: float, *, width: int = 520) -> str:
    """Return the markup around an address, nearest to where it should be, in one line.

    Parameters
    ----------
    text
        The HTML.
    url
        The address, unwrapped and normalised; its host and path are looked for.
    depth_share
        Where it should be, 0..1.
    width
        How much markup is shown.
    """
    expected = int(depth_share * len(text))
    tail = url.split("://", 1)[-1].rstrip("/")
    for needle in (tail, html.escape(tail), tail.partition("/")[0]):
        places = _places(text, needle)
        if places:
            at = min(places, key=lambda place: abs(place - expected))
            start = max(text.rfind("<", 0, at), at - width // 2, 0)
            return " ".join(text[max(0, start - 160) : start + width].split())
    return " ".join(text[expected : expected + width].split())


def surroundings(soup: BeautifulSoup, url: str, depth_share: float) -> dict[str, str]:
    """Return the tags that an address stands in (``around``, outermost first) and the style rules for it (``rules``).

    Read from BeautifulSoup's tree by plain text, so that what an annotator sees owes nothing to the detector.
    """
    tags = soup.find_all(True)
    tail = url.split("://", 1)[-1].rstrip("/")
    expected = depth_share * len(tags)
    holding = [
        (abs(index - expected), tag)
        for index, tag in enumerate(tags)
        if tag.name != "a" and any(tail in str(value) for value in tag.attrs.values())
    ]
    if not holding:
        return {"around": "", "rules": ""}
    tag = min(holding, key=lambda pair: pair[0])[1]
    chain = [tag, *(each for each in tag.parents if each.name not in {"[document]", "html"})]
    names = {f".{name}" for each in chain for name in each.get_attribute_list("class") if name}
    names |= {f"#{each['id']}" for each in chain if each.get("id")}
    sheets = " ".join(style.string or "" for style in soup.find_all("style"))
    rules = [
        rule
        for rule in re.findall(r"[^{}]*\{[^{}]*\}", sheets)
        if any(re.search(re.escape(name) + r"(?![\w-])", rule.partition("{")[0]) for name in names)
    ]
    return {
        "around": " ".join(_start_tag(each)[:160] for each in reversed(chain[1:9]))[:900],
        "rules": " ".join(" ".join(rules).split())[:500],
    }


def _start_tag(tag: Tag) -> str:
    shown = {name: tag[name] for name in ("class", "id", "style", "width", "height", "hidden") if name in tag.attrs}
    texts = (f' {name}="{" ".join(value) if isinstance(value, list) else value}"' for name, value in shown.items())
    return f"<{tag.name}{''.join(texts)}>"


def _places(text: str, needle: str) -> list[int]:
    places: list[int] = []
    at = text.find(needle)
    while at >= 0 and len(places) < 500:
        places.append(at)
        at = text.find(needle, at + 1)
    return places


def write_labels(labels: pd.DataFrame, path: Path) -> None:
    """Write `labels`, with :data:`COLUMNS`, as CSV."""
    labels[list(COLUMNS)].to_csv(path, index=False, float_format="%.3f", lineterminator="\n")
