"""The names of the two HTML engines; in a module of their own, so that importing the names loads neither engine."""

from __future__ import annotations

from typing import Literal

__all__ = ["Engine"]

Engine = Literal["fast", "bs4"]
"""``fast`` is turbohtml; ``bs4`` is BeautifulSoup over html5lib, the slow reference that it is tested against."""
