"""Nothing is ever loaded: reading, judging and explaining mail open no socket, in this process or another."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketBlockedError, disable_socket, enable_socket

import pixelstudy
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.run import extract
from pixelstudy.reporting.explain import explain_frame, explain_text
from pixelstudy.reporting.summary import summary_text
from pixelstudy.tables import TABLES

PAGE = (
    '<base href="https://127.0.0.1:9/"><link rel=stylesheet href="https://127.0.0.1:9/a.css"><img src="b.gif">'
    '<img src="https://t.example.com/open?u=5e78d7ef2297cc80842b" width=1 height=1><style>@import url(//127.0.0.1:9/c)'
    '</style><iframe src="http://127.0.0.1:9/d"></iframe><a href="https://127.0.0.1:9/e">e</a>'
)

# From here on a socket that is made, or a name that is looked up, ends the child.
CUT = """
import _socket, os, socket, sys
def refuse(*_, **__): print("a socket was opened", file=sys.stderr, flush=True); os._exit(7)
class Refused(_socket.socket):
    __init__ = refuse
socket.socket = socket.SocketType = _socket.socket = Refused
for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "socketpair"):
    setattr(socket, name, refuse)
_socket.getaddrinfo = refuse
"""

# A library of a library asks at its import whether this machine knows IPv6, by a socket that it binds to ::1 and
# closes: so while modules are imported a socket may be made, and may reach nobody.
IMPORTS = """
import _socket, os, socket, sys
def refuse(*_, **__): print("somebody was reached for", file=sys.stderr, flush=True); os._exit(7)
class Local(socket.socket):
    connect = connect_ex = send = sendall = sendto = sendmsg = listen = refuse
socket.socket = Local
for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
    setattr(socket, name, refuse)
import pixelstudy.cli, pixelstudy.extraction.run, pixelstudy.study.study
import pixelstudy.reporting.explain, pixelstudy.reporting.compare, pixelstudy.reporting.summary
import pandas, pixelstudy.tables
"""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box.mbox"
    mail = (
        b"From: shop@sub.brandnewsuffix\nList-Unsubscribe: <https://127.0.0.1:9/u>\nContent-Type: text/html\n\n"
        + PAGE.encode()
    )
    path.write_bytes(b"".join(b"From a@b Thu Aug 22 12:36:23 2002\n%s%d\n\n" % (mail, n) for n in range(30)))
    return path


def child(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_the_cut_cuts() -> None:
    assert child(CUT + "socket.socket()").returncode == 7
    assert child(CUT + "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')").returncode == 7
    disable_socket()
    try:
        import socket

        with pytest.raises(SocketBlockedError):
            socket.socket()
    finally:
        enable_socket()


@pytest.mark.parametrize("engine", ["fast", "bs4"])
def test_extraction_tables_and_explanation_open_no_socket(box: Path, tmp_path: Path, engine: str) -> None:
    disable_socket()
    try:
        run = extract([box], tmp_path / "out", jobs=1, engine=engine)  # type: ignore[arg-type]
        assert run.counts.n_resources >= 150
        for table in TABLES:
            read_table(table, tmp_path / "out")
        assert summary_text(tmp_path / "out")
        one = b"From: a@example.org\nContent-Type: text/html\n\n" + PAGE.encode()
        assert "SPY PIXEL" in explain_text(one)
        assert len(explain_frame(one)) >= 5
    finally:
        enable_socket()


def test_nor_does_a_process_of_its_own(box: Path, tmp_path: Path) -> None:
    code = """
from pixelstudy.extraction import run as extract
from pixelstudy.reporting import explain, summary
from pixelstudy.extraction.parquet import read_table
from pixelstudy import tables
run = extract.extract([sys.argv[1]], sys.argv[2], jobs=1)
frames = [read_table(table, sys.argv[2]) for table in tables.TABLES]
explain.explain_text(b"From: a@example.org\\nContent-Type: text/html\\n\\n<img src=http://127.0.0.1:9/a.gif>")
summary.summary_text(sys.argv[2])
print(run.counts.n_resources)
"""
    ended = child(IMPORTS + CUT + code, box, tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) >= 150


@pytest.mark.slow
def test_importing_reaches_nobody() -> None:
    ended = child(IMPORTS)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert child(IMPORTS + "socket.getaddrinfo('localhost', 80)").returncode == 7
    assert child(IMPORTS + "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')").returncode == 7


def test_reading_asks_for_no_client_itself() -> None:
    """Tldextract imports requests, which the tests above show unused; no module of ours that reads mail does."""
    clients = re.compile(
        r"^\s*(?:import|from)\s+(?:urllib\.request|http|requests|urllib3|socket|ftplib|aiohttp|httpx)\b", re.MULTILINE
    )
    sources = {path: path.read_text(encoding="utf-8") for path in Path(pixelstudy.__file__).parent.rglob("*.py")}
    # The pixel that a reader loads is served on loopback, and nothing that reads mail imports it; the public names do,
    # but only when the demo is asked for.
    on_loopback = {"demo.py", "loopback.py"}
    assert {path.name for path, text in sources.items() if clients.search(text)} <= {"fetch.py"} | on_loopback
    knowing = re.compile(r"^\s*(?:import|from)\s+pixelstudy\.study\.(?:demo|loopback)\b", re.MULTILINE)
    public = Path(pixelstudy.__file__)
    knows = {path.name for path, text in sources.items() if path != public and knowing.search(text)}
    assert knows <= on_loopback
    assert clients.search(sources[Path(pixelstudy.__file__).parent / "corpora" / "fetch.py"])
