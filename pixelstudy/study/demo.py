"""A spy pixel at work, on this machine alone: mail of ours, a server for its pixel, and the log that it keeps.

The server listens on the loopback address alone, and no other address is ever contacted. Without a browser
(``PIXELSTUDY_HEADLESS``) no server is started: recorded requests of a browser are used instead, and the demo says so.
"""

from __future__ import annotations

import hashlib
import html
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any, Literal, get_args
from urllib.parse import parse_qs, quote, urlsplit

import pandas as pd

from pixelstudy.errors import UserError
from pixelstudy.study.loopback import LOOPBACK, PROXY_ADDRESS, PROXY_AGENT, Server, client_of, send

__all__ = ["Demo", "Remote", "Request"]

Remote = Literal["loaded", "blocked", "proxied"]
"""What the mail program does about remote content: load it, block it, or fetch it through a proxy."""

_GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_GRACE_S = 0.7

# What Chromium 156 sent from a frame in JupyterLab on Linux. The times are made up, so that every run shows the same.
_RECORDED_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)
_RECORDED_START = datetime(2026, 4, 17, 8, 41, 7, tzinfo=UTC)
_RECORDED_STEP = timedelta(minutes=13, seconds=29)


@dataclass(frozen=True, slots=True)
class Request:
    """One request for a pixel, as a web server's log has it."""

    at: datetime
    """When it arrived, UTC."""

    token: str
    """The token in its address, which says whose mail it was."""

    user_agent: str
    """How the program that asked describes itself."""

    address: str
    """The network address that asked."""


class Demo:
    """A mailer's server on this machine, and the messages that it sent.

    Parameters
    ----------
    recipients
        The names of those who get the mail.
    recorded
        Whether to use recorded requests instead of a browser; by default where ``PIXELSTUDY_HEADLESS`` is set.

    Examples
    --------
    >>> import pixelstudy as ps
    >>> with ps.Demo(["Jane", "Omar"], recorded=True) as demo:
    ...     demo.show("Jane")
    ...     demo.log()[["recipient", "opening", "program", "device"]].values.tolist()
    There is no browser here, so a recorded opening of Jane's message is used.
    [['Jane', 1, 'Chrome 156', 'Linux']]
    """

    def __init__(self, recipients: Iterable[str], *, recorded: bool | None = None) -> None:
        self.recorded = bool(os.environ.get("PIXELSTUDY_HEADLESS")) if recorded is None else recorded
        self._tokens = {name: self._token(name) for name in recipients}
        self._requests: list[Request] = []
        self._lock = Lock()
        self._n_asked = self._n_drawn = 0
        self._servers: list[Server] = [] if self.recorded else [Server(self._answer), Server(self._forward)]
        self.port, self._proxy_port = (one.port for one in self._servers) if self._servers else (8025, 8026)

    def __enter__(self) -> Demo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server; what it logged stays."""
        while self._servers:
            self._servers.pop().stop()

    def token(self, recipient: str) -> str:
        """Return the token in the address of the pixel of `recipient`, and in no other."""
        return self._known(recipient)

    def pixel(self, recipient: str) -> str:
        """Return the address of the pixel in the message to `recipient`; no other message has it."""
        return f"http://{LOOPBACK}:{self.port}/open.gif?r={self._known(recipient)}"

    def mail(self, recipient: str) -> bytes:
        """Return the mail to `recipient`, as it travels."""
        head = (
            f"From: {_SENDER}\nTo: {recipient} <{recipient.lower()}@example.org>\nSubject: {_SUBJECT}\n"
            "Date: Fri, 17 Apr 2026 08:30:00 +0000\nContent-Type: text/html; charset=utf-8\n\n"
        )
        return (head + _BODY.format(pixel=html.escape(self.pixel(recipient)))).encode()

    def page(self, recipient: str, remote: Remote = "loaded") -> str:
        """Return the address of a page that shows the mail to `recipient`, in a mail program that does `remote`."""
        if remote not in get_args(Remote):
            raise UserError(f"remote is {remote!r}: choose one of {', '.join(get_args(Remote))}")
        return f"http://{LOOPBACK}:{self.port}/mail?r={self._known(recipient)}&remote={remote}"

    def show(self, recipient: str, remote: Remote = "loaded") -> Any:
        """Return a frame that opens the mail to `recipient`, once for each call.

        The frame may not run scripts or open windows. Without a browser this says so, and returns nothing.
        """
        address = self.page(recipient, remote)
        if not self.recorded:
            from IPython.display import IFrame

            with self._lock:
                self._n_asked += 1
                number = self._n_asked
            title = html.escape(f"The mail to {recipient}, opened", quote=True)
            return IFrame(f"{address}&n={number}", "100%", 200, extras=['sandbox=""', f'title="{title}"'])
        if remote == "blocked":
            print("There is no browser here. With remote content blocked, the message would load nothing.")
        else:
            self._record(recipient, through_proxy=remote == "proxied")
            print(f"There is no browser here, so a recorded opening of {recipient}'s message is used.")
        return None

    def prefetch(self, recipient: str) -> None:
        """Let the proxy fetch the images of a mail before anybody opens it, as Apple Mail's does."""
        if self.recorded:
            self._record(recipient, through_proxy=True)
        else:
            self._fetch(urlsplit(self.pixel(recipient)).query)

    def log(self, *, wait_s: float = 8.0) -> pd.DataFrame:
        """Return what the owner of the pixel knows: one row for each request, in order of arrival.

        Columns: ``when`` (UTC), ``recipient``, ``opening`` (1 for the first of this message), ``program``,
        ``device``, ``address``.
        Waits at most `wait_s` seconds until every frame has been drawn, and says when one was not.
        """
        end = time.monotonic() + wait_s
        while self._n_drawn < self._n_asked and time.monotonic() < end:
            time.sleep(0.05)
        if self._n_drawn < self._n_asked:
            print(
                "A frame above has not been drawn, so its pixel was not asked for: scroll up until you see it, then "
                "run this cell again. (The browser must run on the machine that runs the notebook.)"
            )
        elif not self.recorded:
            time.sleep(min(_GRACE_S, wait_s))
        names = {token: name for name, token in self._tokens.items()}
        counts: Counter[str] = Counter()
        rows = []
        for request in self.requests:
            counts[request.token] += 1
            program, device = client_of(request.user_agent)
            row = (request.at, names[request.token], counts[request.token], program, device, request.address)
            rows.append(row)
        frame = pd.DataFrame(rows, columns=["when", "recipient", "opening", "program", "device", "address"])
        return frame.assign(when=pd.to_datetime(frame["when"], utc=True).dt.floor("s"))

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request for a pixel so far."""
        with self._lock:
            return tuple(self._requests)

    def sentence(self, recipient: str) -> str:
        """Return what a salesperson who has read the log can write to `recipient`."""
        mine = [request for request in self.requests if request.token == self._known(recipient)]
        if not mine:
            return f"{recipient}, I don't know whether you opened my email."
        program, device = client_of(mine[-1].user_agent)
        times = "" if len(mine) == 1 else f", {len(mine)} times so far, most recently at {mine[-1].at:%H:%M:%S}"
        said = f"{recipient}, I saw that you opened my email at {mine[0].at:%H:%M:%S} UTC{times}"
        how = f"through {program}" if mine[-1].user_agent == PROXY_AGENT else f"with {program} on {device}"
        return f"{said}, {how}, but you still haven't responded."

    def _token(self, name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()[:32] if self.recorded else secrets.token_hex(16)

    def _known(self, recipient: str) -> str:
        if recipient not in self._tokens:
            raise UserError(f"no mail was sent to {recipient!r}: choose one of {', '.join(self._tokens)}")
        return self._tokens[recipient]

    def _record(self, recipient: str, *, through_proxy: bool) -> None:
        who = (PROXY_AGENT, PROXY_ADDRESS) if through_proxy else (_RECORDED_AGENT, LOOPBACK)
        at = _RECORDED_START + len(self._requests) * _RECORDED_STEP
        self._requests.append(Request(at, self._known(recipient), *who))

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Serve the mail as a page, and the pixel, whose request is written down."""
        address = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        token, name = query.get("r", ""), next((n for n, t in self._tokens.items() if t == query.get("r")), None)
        if name is None:
            handler.send_error(404)
        elif address.path == "/open.gif":
            request = Request(
                datetime.now(UTC), token, handler.headers.get("User-Agent", ""), handler.client_address[0]
            )
            with self._lock:
                self._requests.append(request)
            send(handler, "image/gif", _GIF)
        elif address.path == "/mail":
            page, sources = self._page(name, query.get("remote", ""))
            policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src {sources}; sandbox"
            send(handler, "text/html; charset=utf-8", page.encode(), policy=policy)
            with self._lock:
                self._n_drawn += "n" in query
        else:
            handler.send_error(404)

    def _page(self, name: str, remote: str) -> tuple[str, str]:
        """Return the page of a mail, and the address from which it may load images."""
        pixel, sources = self.pixel(name), "'none'"
        if remote == "loaded":
            sources = f"http://{LOOPBACK}:{self.port}"
        elif remote == "proxied":
            sources = f"http://{LOOPBACK}:{self._proxy_port}"
            pixel = f"{sources}/image?of={quote(pixel, safe='')}"
        head = f"<p><b>{html.escape(_SUBJECT)}</b><br>{html.escape(_SENDER)}<br>To: {html.escape(name)}</p><hr>"
        return _PAGE.format(head=head, body=_BODY.format(pixel=html.escape(pixel))), sources

    def _forward(self, handler: BaseHTTPRequestHandler) -> None:
        """Fetch one of our own pixels, and nothing else, for a client."""
        asked = parse_qs(urlsplit(handler.path).query).get("of", [""])[0]
        if asked not in {self.pixel(name) for name in self._tokens}:
            handler.send_error(404)
            return
        self._fetch(urlsplit(asked).query)
        send(handler, "image/gif", _GIF)

    def _fetch(self, query: str) -> None:
        for source in (PROXY_ADDRESS, LOOPBACK):
            connection = HTTPConnection(LOOPBACK, self.port, timeout=5, source_address=(source, 0))
            try:
                connection.request("GET", f"/open.gif?{query}", headers={"User-Agent": PROXY_AGENT})
                connection.getresponse().read()
                return
            except OSError:  # not every system has a second loopback address
                continue
            finally:
                connection.close()


_SENDER = "The Tea Shop <news@teashop.example>"
_SUBJECT = "First flush is here"
_BODY = """\
<h2>First flush is here</h2>
<p>Three gardens, picked last week. Come and taste.</p>
<img src="{pixel}" width="1" height="1" alt="">
"""
_PAGE = """\
<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<title>A mail</title><style>
html{{color-scheme:light}}body{{margin:0;padding:12px 16px;background:#fff;color:#1a1a1a;border:1px solid #bbb;
border-radius:6px;font:14px/1.4 system-ui,sans-serif}}p{{margin:4px 0}}h2{{margin:10px 0 4px}}
</style></head><body>{head}{body}</body></html>
"""
