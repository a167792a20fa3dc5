"""The command, run in the process of a test."""

from __future__ import annotations

import sys

import pytest

from pixelstudy import cli

__all__ = ["main"]


def main(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run the command in this process: its status, and what it said."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["pixelstudy", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err
