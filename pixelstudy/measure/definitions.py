"""Definitions of "this message has a spy pixel": ours and other tools', as rules over the resources table.

A rule says of each row whether it counts; a message has a spy pixel by a definition when any of its rows counts.
To add a definition, add an entry to :data:`DEFINITIONS`: tables, figures and the report then show it.

Other tools' rules are rebuilt from what they publish, as literally as the tables allow. They look only at ``<img>``
and at the size written on the element itself (attribute, else inline style), which the tables keep as
``declared_width`` and ``declared_height``. A tool that reads only attributes does so here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.pixels.urls.peer_lists import PEER_WORDS

__all__ = ["DEFINITIONS", "GROUPS", "HEADLINE", "Definition", "find_definition", "has_pixel"]

Group = Literal["ours", "peer", "list"]
GROUPS: Mapping[Group, str] = {"ours": "our definitions", "peer": "rules of published tools", "list": "published lists"}
"""Whose the definitions are, in the words of figures and of the report."""

Predicate = Callable[[pd.DataFrame], "pd.Series[bool]"]


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of "this message has a spy pixel"."""

    name: str
    """Its name in code and in tables."""

    short: str
    """Its name in figures."""

    title: str
    """What it counts, in a few words."""

    rule: Predicate
    """Says of each row of the resources table whether it counts."""

    group: Group = "ours"
    """Whose it is, one of :data:`GROUPS`."""

    source: str = "pixelstudy"
    """Who uses it, and where it is published."""


HEADLINE = "spy_pixel"
"""The name of the definition behind the study's headline."""


def find_definition(name: str) -> Definition:
    """Return the definition called `name`, or raise a :exc:`UserError` that lists the names there are."""
    for definition in DEFINITIONS:
        if definition.name == name:
            return definition
    raise UserError(f"there is no definition {name!r}; choose one of {', '.join(d.name for d in DEFINITIONS)}")


def has_pixel(messages: pd.DataFrame, resources: pd.DataFrame, definition: Definition) -> pd.Series[bool]:
    """Return whether each of `messages` has a spy pixel by `definition`, on the same index."""
    counted = resources.loc[definition.rule(resources), "message_key"]
    return messages["message_key"].isin(counted.unique())


def _verdict(*names: str) -> Predicate:
    return lambda r: r["verdict"].isin(names)


def _is_img(r: pd.DataFrame) -> pd.Series[bool]:
    return (r["carrier"] == "img src") & (r["loads_in"] == "all")


def _asked(text: pd.Series[str], ask: Callable[[pd.Series[str]], pd.Series[Any]], missing: Any) -> pd.Series[Any]:
    """Return `ask` applied to each text, computed once for each distinct one; `missing` for a missing text."""
    codes, distinct = pd.factorize(text)
    answers = np.append(ask(pd.Series(distinct, dtype="str")).to_numpy().astype(type(missing)), missing)
    return pd.Series(answers[codes], index=text.index)


def _integer(text: pd.Series[str]) -> pd.Series[float]:
    """Return the integer that each text begins with, as most languages parse it; missing if it begins with none."""
    return _number(text, r"^\s*([+-]?\d+)")


def _whole(text: pd.Series[str]) -> pd.Series[float]:
    """Return each text that is an integer, with space around it or not, as a number; the others are missing."""
    return _number(text, r"^\s*([+-]?\d+)\s*$")


def _number(text: pd.Series[str], pattern: str) -> pd.Series[float]:
    def parse(distinct: pd.Series[str]) -> pd.Series[float]:
        return pd.to_numeric(distinct.str.extract(pattern, expand=False), errors="coerce").astype("float64")

    return _asked(text, parse, np.nan)


def _holds(text: pd.Series[str], pattern: str) -> pd.Series[bool]:
    return _asked(text, lambda t: t.str.contains(pattern), False)


def _sides(r: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return width and height as declared, in px; missing where in per cent of the page."""
    width, height = r["declared_width"], r["declared_height"]
    return _integer(width).mask(_holds(width, "%")), _integer(height).mask(_holds(height, "%"))


def _attributes(r: pd.DataFrame) -> tuple[pd.Series[str], pd.Series[str]]:
    """Return the attributes width and height; both missing where either side is declared in a style."""
    is_attribute = r["declared_from"] == "attribute"
    return r["declared_width"].where(is_attribute), r["declared_height"].where(is_attribute)


def _has_any(text: pd.Series[str], words: Sequence[str]) -> pd.Series[bool]:
    """Return whether each text, a list separated by spaces, holds any of `words`."""
    return _asked(text, lambda t: t.map(lambda listed: not set(words).isdisjoint(listed.split(" "))), False)


def _is_listed(name: str) -> Predicate:
    return lambda r: _has_any(r["listed_by"], [name])


def _is_hidden_inline(r: pd.DataFrame) -> pd.Series[bool]:
    return _holds(r["declared_hiding"], "display:none|visibility:hidden")


def _declared_1x1(r: pd.DataFrame) -> pd.Series[bool]:
    width, height = _sides(r)
    return _is_img(r) & (width == 1) & (height == 1)


def _hey_like(r: pd.DataFrame) -> pd.Series[bool]:
    is_listed = (r["vendor_confidence"] == "host") & (r["verdict"] != "content")
    return is_listed | _declared_1x1(r)


def _spy_pixel_finder(r: pd.DataFrame) -> pd.Series[bool]:
    width, height = _attributes(r)
    return _is_img(r) & (width == "1") & (height == "1")


def _simplify(r: pd.DataFrame) -> pd.Series[bool]:
    # It reads only attributes, and Ruby reads a missing or non-numeric one as 0. Where one side is an attribute and
    # the other a style, the tables don't say which is which, so both are read.
    is_styled = r["declared_from"] == "style"
    width, height = (_integer(r[f"declared_{side}"].mask(is_styled)).fillna(0) for side in ("width", "height"))
    return _is_img(r) & (width <= 1) & (height <= 1)


def _fairemail(r: pd.DataFrame) -> pd.Series[bool]:
    # As in its code, any image on the host that is not small, sized or not, clears the host in that message.
    width, height = map(_whole, _attributes(r))
    is_small = width * height <= 25
    n_hosts = r["host"].nunique() + 1
    place = pd.Series(pd.factorize(r["message_key"])[0] * n_hosts + pd.factorize(r["host"])[0] + 1, index=r.index)
    is_cleared = place.isin(place[_is_img(r) & ~is_small].unique())
    return _is_img(r) & is_small & ~is_cleared


def _trocker(r: pd.DataFrame) -> pd.Series[bool]:
    width, height = _sides(r)
    is_small = (width * height <= 3) | ((width <= 3) & height.isna()) | ((height <= 3) & width.isna())
    is_flagged = is_small | _is_hidden_inline(r) | _has_any(r["url_words"], PEER_WORDS["trocker"])
    return _is_img(r) & is_flagged & (r["n_repeats"].astype("int64") < 5)


def _mailtrackerblocker(r: pd.DataFrame) -> pd.Series[bool]:
    width, _ = _sides(r)
    return _is_img(r) & width.isin([0, 1]) & ~_has_any(r["url_words"], PEER_WORDS["mailtrackerblocker"])


def _tracra(r: pd.DataFrame) -> pd.Series[bool]:
    width, height = _sides(r)
    is_hidden = _holds(r["declared_hiding"], r"display:none|\bhidden\b")
    return _is_img(r) & (width.isin([0, 1]) | height.isin([0, 1]) | is_hidden)


def _dont_track_me(r: pd.DataFrame) -> pd.Series[bool]:
    width, height = _sides(r)
    is_small = (width <= 1) | (height <= 1) | _is_hidden_inline(r)
    return _is_img(r) & (is_small | _is_listed("dont-track-me")(r))


def _citp(r: pd.DataFrame) -> pd.Series[bool]:
    is_one = [_asked(side, lambda t: t.str.strip() == "1", False) for side in _attributes(r)]
    is_image = _is_img(r) | (r["carrier"] == "css url")
    return (_is_img(r) & is_one[0] & is_one[1]) | (is_image & r["identity"].notna())


DEFINITIONS = (
    Definition("any_remote", "anything remote", "any remote resource", lambda r: r["verdict"].notna()),
    Definition("declared_1x1", "declared 1 x 1", "an image declared 1 x 1", _declared_1x1),
    Definition(
        "hey_like",
        "HEY-like",
        "a known service, or an image declared 1 x 1",
        _hey_like,
        source="pixelstudy, after what HEY says of its blocker: named services and generic pixels",
    ),
    Definition("spy_pixel", "spy pixel (headline)", "invisible, and tells recipients apart", _verdict("spy_pixel")),
    Definition(
        "individual",
        "individual tracking",
        "tells recipients apart, seen or not",
        _verdict("spy_pixel", "tracked_content"),
    ),
    Definition(
        "changing",
        "new in every message",
        "not seen, and its address is new in every message of its sender; no list or token counts",
        lambda r: r["is_changing"].eq(True).fillna(False).astype(bool),
    ),
    Definition("any_pixel", "any pixel", "a spy pixel or a counting pixel", _verdict("spy_pixel", "counting_pixel")),
    Definition(
        "address_leak",
        "address leak",
        "the recipient's address, or a hash of it, in an address",
        lambda r: r["identity"].notna(),
        source="pixelstudy, after Englehardt, Han, Narayanan, PoPETs 2018(1)",
    ),
    Definition(
        "spy_pixel_finder",
        "spy-pixel-finder",
        'width="1" height="1", exactly',
        _spy_pixel_finder,
        group="peer",
        source="spy-pixel-finder",
    ),
    Definition(
        "simplify",
        "Simplify",
        "height and width <= 1, a missing one read as 0",
        _simplify,
        group="peer",
        source="Simplify Gmail, tracker filter",
    ),
    Definition(
        "fairemail",
        "FairEmail",
        "area <= 25, no larger image on the host",
        _fairemail,
        group="peer",
        source="FairEmail",
    ),
    Definition("trocker", "Trocker", "area <= 3, hidden, or a tracking word", _trocker, group="peer", source="Trocker"),
    Definition(
        "mailtrackerblocker",
        "MailTrackerBlocker",
        "width 0 or 1, except where a listed word is",
        _mailtrackerblocker,
        group="peer",
        source="MailTrackerBlocker, generic rule",
    ),
    Definition("tracra", "tracra", "any side 0 or 1, or hidden", _tracra, group="peer", source="tracra"),
    Definition(
        "dont_track_me",
        "dont-track-me",
        "any side <= 1, hidden, or a listed host or word",
        _dont_track_me,
        group="peer",
        source="dont-track-me",
    ),
    Definition(
        "citp",
        "citp/email_tracking",
        "1 x 1, or an encoded address in the URL",
        _citp,
        group="peer",
        source="citp/email_tracking (Englehardt, Han, Narayanan 2018)",
    ),
    Definition(
        "mailtrackerblocker_list",
        "MailTrackerBlocker's list",
        "its published patterns",
        _is_listed("mailtrackerblocker"),
        group="list",
        source="MailTrackerBlocker, BSD-3-Clause",
    ),
    Definition(
        "simplify_list",
        "Simplify's list",
        "its published patterns",
        _is_listed("simplify"),
        group="list",
        source="Simplify Gmail, MIT",
    ),
    Definition(
        "trocker_list",
        "Trocker's list",
        "its published patterns",
        _is_listed("trocker"),
        group="list",
        source="Trocker, Apache-2.0",
    ),
)
"""Every definition. An entry here is all that a new one needs."""
