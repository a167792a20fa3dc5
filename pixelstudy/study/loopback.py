"""A web server for this machine alone, and what a request reveals about its sender."""

from __future__ import annotations

import re
import socketserver
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any

__all__ = ["LOOPBACK", "PROXY_ADDRESS", "PROXY_AGENT", "Server", "client_of", "send"]

LOOPBACK = "127.0.0.1"
"""The address that no other machine can reach."""

PROXY_ADDRESS = "127.0.0.2"
"""Another such address, where a system has more than one."""

PROXY_AGENT = "pixelstudy-image-proxy/1.0"
"""How the image proxy calls itself."""


class Server(socketserver.ThreadingTCPServer):
    """A server on a free port of the loopback address, in its own thread; it never looks up a name."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        super().__init__((LOOPBACK, 0), Handler)
        self.port = int(self.server_address[1])
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a browser that went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Close the port."""
        self.shutdown()
        self.server_close()
        self._thread.join()


def client_of(user_agent: str) -> tuple[str, str]:
    """Return program and device, as far as `user_agent` names them.

    >>> client_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.1.0")
    ('Thunderbird 140', 'Windows')
    """
    if user_agent == PROXY_AGENT:
        return "an image proxy", "the proxy's"
    device = next((name for sign, name in _DEVICES if sign in user_agent), "unknown")
    for sign, name in _PROGRAMS:
        found = re.search(sign, user_agent)
        if found:
            return f"{name} {found[1]}", device
    return "unknown", device


_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_PROGRAMS = (
    (r"Thunderbird/(\d+)", "Thunderbird"),
    (r"Edg/(\d+)", "Edge"),
    (r"Firefox/(\d+)", "Firefox"),
    (r"(?:Headless)?Chrome/(\d+)", "Chrome"),
    (r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari", "Safari"),
)


def send(handler: BaseHTTPRequestHandler, kind: str, body: bytes, *, policy: str = "default-src 'none'") -> None:
    """Answer a request with `body` of the media type `kind`, uncached and under a content security policy."""
    handler.send_response(200)
    for name, value in (
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
    ):
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
