"""One message explained in a notebook: a drawing of where its resources stand, and a table of what each is and why.

Safe by construction: the drawing is a picture, every word of the table passes
:func:`~pixelstudy.reporting.text.printable` and HTML escaping, and no address is whole. So nothing that a mail writes
becomes markup, and nothing is loaded.

Examples
--------
>>> mail = b'''From: shop@example.com
... Content-Type: text/html
...
... <img src="https://t.example.com/o?u=5e78d7ef2297cc80842b" width=1 height=1>'''
>>> explain(mail).table[["verdict", "size"]].values.tolist()
[['spy_pixel', '1 x 1 px (attribute)']]
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pixelstudy.mail.boxes.single import MessageSource, open_message
from pixelstudy.mail.message import Message
from pixelstudy.pixels.examine import resources_of
from pixelstudy.pixels.html import Engine
from pixelstudy.reporting.explain import explain_frame, explain_text
from pixelstudy.reporting.text import printable
from pixelstudy.tables import VERDICTS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explanation", "explain"]

_SIGNALS = ("carrier", "size", "hidden_by", "vendor", "token", "identity", "party", "place")
_SILENT = frozenset({"nothing", "none", "none known", "unknown"})
_LEFT = "style='text-align:left;vertical-align:top;min-width:7em'"
_COLOURS = {
    "spy_pixel": "vermilion",
    "tracked_content": "orange",
    "counting_pixel": "purple",
    "spacer": "grey",
    "content": "sky",
}


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """A message explained; as the last line of a cell it is shown."""

    message: Message
    """The message."""

    table: pd.DataFrame
    """One row a resource, as :func:`~pixelstudy.reporting.explain.explain_frame` gives it."""

    depths: tuple[float, ...]
    """The place of each in the HTML, 0..1."""

    def __repr__(self) -> str:
        """Return it as text."""
        return explain_text(self.message)

    def _repr_html_(self) -> str:
        if self.table.empty:
            return "<p>No remote resource: opening this message loads nothing.</p>"
        rows = "".join(_row(row) for row in self.table.to_dict("records"))
        head = "".join(
            f"<th scope='col' {_LEFT}>{name}</th>" for name in ("what it is", "what would be fetched", "why", "signals")
        )
        return f"{self._picture()}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _picture(self) -> str:
        from pixelstudy.figures.page import COLOURS, write_figure
        from pixelstudy.figures.pictures import strip

        places = {
            verdict.replace("_", " "): [
                d for d, v in zip(self.depths, self.table["verdict"], strict=True) if v == verdict
            ]
            for verdict in VERDICTS
        }
        places = {name: depths for name, depths in places.items() if depths}
        counts = ", ".join(f"{len(depths):,} {name}" for name, depths in places.items())
        n = len(self.depths)
        title = f"Opening this mail would fetch {n:,} thing{'s' if n != 1 else ''}"
        drawn = strip(
            places,
            colours={name: COLOURS[_COLOURS[name.replace(" ", "_")]] for name in places},
            title=title,
            left="top of the mail",
            right="its end",
        )
        alt = f"{title}, drawn at their places from the top of the mail to its end: {counts}."
        picture = BytesIO()
        write_figure(drawn, picture, alt=alt)
        data = base64.b64encode(picture.getvalue()).decode()
        return f'<img width="480" alt="{_text(alt)}" src="data:image/png;base64,{data}">'


def explain(source: MessageSource, *, engine: Engine = "fast") -> Explanation:
    """Return a message explained, for a notebook to show.

    Parameters
    ----------
    source
        As for :func:`~pixelstudy.mail.boxes.single.open_message`: a path, bytes, or a message.
    engine
        The HTML engine.

    Raises
    ------
    UserError
        When there is no message, or more than one.
    """
    message = open_message(source)
    depths = tuple(resource.depth_share for resource in resources_of(message, engine=engine))
    return Explanation(message, explain_frame(message, engine=engine), depths)


def _row(row: Mapping[Any, str]) -> str:
    cells = (_text(row["address"]), _text(row["reason"]), _signals(row))
    verdict = f"<th scope='row' {_LEFT}>{_text(row['verdict'].replace('_', ' '))}</th>"
    return f"<tr>{verdict}{''.join(f'<td {_LEFT}>{cell}</td>' for cell in cells)}</tr>"


def _signals(row: Mapping[Any, str]) -> str:
    return "<br>".join(f"{name.replace('_', ' ')}: {_text(row[name])}" for name in _SIGNALS if row[name] not in _SILENT)


def _text(value: str) -> str:
    return html.escape(printable(value), quote=True)
