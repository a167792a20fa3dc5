"""Numbers in prose, taken from ``findings.json`` (and ``benchmark.json`` beside it), never typed by hand.

A number in a Markdown file is between two comments, which a rendered page does not show::

    <!-- 02-measure-prevalence/headline/share % -->95 %<!-- / -->

The first comment names the finding and its format: ``%`` for whole per cent, ``.1%`` for one decimal, ``,`` for a
whole number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pixelstudy.errors import UserError

__all__ = ["fill", "fill_file", "read_numbers"]

_NUMBER = re.compile(r"(<!-- ([\w./-]+) (%|\.1%|,) -->)(.*?)(<!-- / -->)", re.DOTALL)


def fill(text: str, findings: Mapping[str, Any]) -> str:
    """Return `text` with every marked number replaced by the one in `findings`.

    Raises
    ------
    UserError
        When a marked finding is missing, or is not a number.

    Examples
    --------
    >>> fill("<!-- a/share % -->?<!-- / --> of messages", {"a": {"share": 0.667}})
    '<!-- a/share % -->67 %<!-- / --> of messages'
    """
    return _NUMBER.sub(lambda match: match[1] + _written(match[2], match[3], findings) + match[5], text)


def fill_file(path: Path, findings_path: Path) -> bool:
    """Return whether the file at `path` changed when its numbers were brought up to date.

    Raises
    ------
    UserError
        When there are no findings, or a marked one is missing.
    """
    before = path.read_text(encoding="utf-8")
    after = fill(before, read_numbers(findings_path))
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def read_numbers(findings_path: Path) -> Mapping[str, Any]:
    """Return the findings, with the measured speed under ``benchmark``.

    Raises
    ------
    UserError
        When there are no findings.
    """
    try:
        findings = json.loads(findings_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError(f"{findings_path} holds no findings; make them with: make study") from None
    measured = findings_path.with_name("benchmark.json")
    if measured.exists():
        findings["benchmark"] = json.loads(measured.read_text(encoding="utf-8"))
    return cast("Mapping[str, Any]", findings)


def _written(name: str, how: str, findings: Mapping[str, Any]) -> str:
    value: Any = findings
    for key in name.split("/"):
        if not isinstance(value, Mapping) or key not in value:
            raise UserError(f"there is no finding {name!r}: run the notebooks, or mend the name")
        value = value[key]
    if not isinstance(value, (int, float)):
        raise UserError(f"the finding {name!r} is {value!r}, not a number: run the notebooks, or mend the name")
    if how == ",":
        return f"{round(float(value)):,}"
    return f"{100 * float(value):.{1 if how == '.1%' else 0}f} %"
