"""Outlook: messages as .msg, mailboxes as .pst or .ost, and the .olm of Outlook for Mac, which is refused.

A .msg is read by extract-msg, if installed (the ``outlook`` extra; it is GPL and so not part of the ordinary install),
a .pst by ``readpst`` of pst-utils, if installed. Neither contains mail as it was sent: the headers are the original
ones, the HTML is Outlook's copy, and the message is rebuilt from them. ``readpst`` writes the messages to a temporary
folder, the only mail that this library ever writes. It is removed when they have been read, or when the process ends.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pixelstudy.mail.boxes.folders import blocks_of, files_under
from pixelstudy.mail.boxes.rtf import html_in
from pixelstudy.mail.raw import RawMessage, Skipped, Source, is_mail, source_of, whole_of
from pixelstudy.storage.places import RemotePath

__all__ = [
    "OLM",
    "can_read_msg",
    "can_read_pst",
    "is_msg",
    "is_olm_name",
    "is_pst",
    "pst_members",
    "read_msg",
    "why_unread",
]

OLM = (
    "an Outlook for Mac archive (.olm), which only Outlook reads: there, drag each folder to the desktop, which makes "
    "an .mbox of it, and name that"
)
"""The detail of an .olm, with the way out."""

_NO_EXTRACT_MSG = "an Outlook message (.msg), which needs extract-msg: pip install extract-msg, or save it as .eml"
_NO_READPST = (
    "an Outlook data file (.pst or .ost), which needs readpst: install pst-utils (macOS: brew install libpst) and run "
    "this again, or convert it elsewhere with `readpst -e -o FOLDER` and name that folder"
)
_NOT_AWAY = (
    "an Outlook data file (.pst or .ost), which readpst can only read from a local disk: copy it here first, and name "
    "the copy"
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MSG_STREAM = "__properties_version1.0".encode("utf-16-le")
_TEXT, _HTML = "__substg1.0_1000", "__substg1.0_1013"
_PREFIX = "pixelstudy-pst-"
_MAIL_CLASSES = ("ipm.note", "ipm.schedule", "report.ipm", "ipm.post", "ipm.outlook")
_HEADER = re.compile(r"(?m)^([!-9;-~]+):((?:.*)(?:\n[ \t].*)*)")
_MIME_HEADER = re.compile(r"content-|mime-version", re.IGNORECASE)


def is_msg(head: bytes) -> bool:
    """Return whether `head` starts an OLE file: a .msg, or an old Office document."""
    return head.startswith(_OLE)


def can_read_msg() -> bool:
    """Return whether extract-msg is installed."""
    return find_spec("extract_msg") is not None


def read_msg(source: Source) -> Iterator[RawMessage | Skipped]:
    """Yield the message in a .msg, rebuilt."""
    data = whole_of(source)
    if isinstance(data, Skipped):
        yield data
    elif why := why_unread(data):
        yield Skipped(source.origin, 0, *why)
    else:
        yield _message_of(source, data)


def why_unread(data: bytes) -> tuple[str, str] | None:
    """Return reason and detail when an OLE file is not a message, or there is nothing to read it with."""
    if _MSG_STREAM not in data:
        return "not mail", "an old Office document"
    return None if can_read_msg() else ("unsupported", _NO_EXTRACT_MSG)


def _message_of(source: Source, data: bytes) -> RawMessage | Skipped:
    import extract_msg

    logging.getLogger("extract_msg").setLevel(logging.CRITICAL + 1)  # errors become rows
    try:
        with extract_msg.openMsg(data, strict=False) as item:
            kind = str(item.classType or "").lower()
            if not kind.startswith(_MAIL_CLASSES):
                return Skipped(source.origin, 0, "not mail", f"an Outlook item that is not a message ({kind[:40]})")
            whole = _put_together(item)
    except Exception as error:  # noqa: BLE001 - it raises many kinds of errors, and mail is hostile input
        return Skipped(source.origin, 0, "corrupt", f"msg: {type(error).__name__}")
    if not is_mail(whole):
        return Skipped(source.origin, 0, "not mail", "an Outlook message without headers")
    return RawMessage(whole, source.origin, 0, source.labels)


def _put_together(item: Any) -> bytes:
    """Return headers, text and HTML of an Outlook message as a message, in the same bytes each time; no attachments."""
    body = EmailMessage(policy=SMTP)
    text, (html, charset) = item.getStringStream(_TEXT), _html_of(item)
    if text or not html:
        body.set_content(str(text or ""))
    if html:
        add = body.add_alternative if text else body.set_content
        add(html, maintype="text", subtype="html", params=charset)
    for part in body.walk():  # bytes would count as an attachment
        del part["Content-Disposition"]
    if html and text:  # else the boundary would be a random one
        body.set_boundary(f"=_{hashlib.sha256(html).hexdigest()}")
    return _headers_of(item).encode("utf-8", "surrogateescape") + body.as_bytes()


def _html_of(item: Any) -> tuple[bytes | None, dict[str, str]]:
    """Return the HTML of an Outlook message, plain or wrapped in RTF, and its charset if known."""
    html = item.getStream(f"{_HTML}0102")
    if html:
        return html, {}
    wrapped = item.getStringStream(_HTML) or html_in(item.rtfBody or b"")
    return (wrapped.encode("utf-8", "replace"), {"charset": "utf-8"}) if wrapped else (None, {})


def _headers_of(item: Any) -> str:
    """Return the original header lines, or what Outlook knows about a message that was never sent."""
    came = str(item.headerText or "").replace("\r\n", "\n")
    lines = [f"{name}:{value}" for name, value in _HEADER.findall(came) if not _MIME_HEADER.match(name)]
    if not lines:
        known = {
            "From": item.sender, "To": item.to, "Cc": item.cc, "Subject": item.subject, "Message-ID": item.messageId,
        }  # fmt: skip
        lines = [f"{name}: {' '.join(str(value).split())}" for name, value in known.items() if value]
        lines += [f"Date: {item.date:%a, %d %b %Y %H:%M:%S %z}"] if item.date else []
        lines += ["X-Unsent: 1"] if not item.date else []
    return "".join(f"{line}\r\n" for line in "\n".join(lines).split("\n") if line)


def is_pst(head: bytes) -> bool:
    """Return whether `head` starts an Outlook data file."""
    return head.startswith(b"!BDN")


@cache
def _readpst() -> str | None:
    return shutil.which("readpst")


def can_read_pst(path: str | RemotePath | None = None) -> bool:
    """Return whether readpst is installed and can read `path`."""
    return _readpst() is not None and not isinstance(path, RemotePath)


def pst_members(source: Source) -> Iterator[Source | Skipped]:
    """Yield the messages that ``readpst`` finds in an Outlook data file, with their folders as labels."""
    program = _readpst()
    if source.path is None:
        yield Skipped(source.origin, 0, "nested archive", "an Outlook data file within another file; unpack it first")
        return
    if isinstance(source.path, RemotePath):
        yield Skipped(source.origin, 0, "unsupported", _NOT_AWAY)
        return
    if program is None:
        yield Skipped(source.origin, 0, "unsupported", _NO_READPST)
        return
    _clear_left_behind()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        command = [program, "-q", "-D", "-e", "-t", "e", "-j", "0", "-o", folder, str(Path(source.path).resolve())]
        process = subprocess.Popen(  # noqa: S603 - with -D deleted items are read too
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        with _ended_with_us(process, folder):
            said = process.communicate()[1].decode("utf-8", "replace").strip().splitlines()
            for file in files_under(folder):
                if isinstance(file, Skipped):
                    yield Skipped(f"{source.origin}!{file.origin}", 0, file.reason, file.detail)
                else:
                    labels = source.labels + file.labels[1:]
                    yield source_of(blocks_of(file), origin=f"{source.origin}!{file.origin}", labels=labels, layer=2)
    if process.returncode:
        yield Skipped(source.origin, 0, "corrupt", f"readpst: {said[-1][:200] if said else 'it failed'}")


@contextmanager
def _ended_with_us(process: subprocess.Popen[bytes], folder: str) -> Iterator[None]:
    """End `process` and remove `folder` however this process ends, so that a worker leaves no mail behind."""
    before = None

    def end(_number: int, _frame: object) -> None:
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)

    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _clear_left_behind() -> None:
    """Remove temporary folders left behind by a run that was killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}[0-9]*-*") if os.name == "posix" else ():
        try:
            if path.stat().st_uid == os.getuid():
                os.kill(int(path.name.removeprefix(_PREFIX).partition("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(path, ignore_errors=True)
        except (OSError, ValueError, OverflowError):
            continue


def is_olm_name(name: str) -> bool:
    """Return whether a member with this name belongs to an Outlook for Mac archive."""
    return "com.microsoft.__" in name
