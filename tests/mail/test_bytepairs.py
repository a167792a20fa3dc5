"""Pairs of bytes are found as a pattern finds them, in what is short and in what is long, wherever they stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelstudy.mail import bytepairs
from pixelstudy.mail.bytepairs import find_pairs, has_lone, has_pair


@pytest.fixture(params=["patterns", "words"], autouse=True, scope="module")
def way(request: pytest.FixtureRequest) -> None:
    patch = pytest.MonkeyPatch()
    if request.param == "words":
        patch.setattr(bytepairs, "_ENOUGH", 0)
        patch.setattr(bytepairs, "_AT_ONCE", 4)
    request.addfinalizer(patch.undo)


@given(st.text("\r\n>F.", max_size=40).map(str.encode), st.integers(0, 9), st.sampled_from([b"\r\n", b">F", b"\nF"]))
def test_what_is_found(data: bytes, start: int, pair: bytes) -> None:
    start = min(start, len(data))
    assert has_pair(data, pair, start) == (pair in data[start:])
    assert has_lone(data, pair, start) == (re.search(b"%c(?!%c)" % (*pair,), data[start:]) is not None)
    assert find_pairs(bytearray(data), pair, start) == [start + hit.start() for hit in re.finditer(pair, data[start:])]


def test_an_array_of_bytes_can_grow_again() -> None:
    data = bytearray(b"\nFrom")
    assert find_pairs(data, b"\nF") == [0]
    data += b"\n"
