"""The two HTML engines, by name; apart from :mod:`.html`, so that naming one loads neither."""

from __future__ import annotations

from typing import Literal

__all__ = ["Engine"]

Engine = Literal["fast", "bs4"]
"""``fast`` is turbohtml; ``bs4`` is BeautifulSoup over html5lib, the slow reference that it is tested against."""
