"""The floor: what any way must do at the least. Split the mbox, undo the transfer encoding, parse the HTML; no more.

Each step by the fastest part there is; nothing is asked of the documents, and nothing is kept.
``python -m benchmarks.floor MBOX`` prints how many messages and HTML parts it saw.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import turbohtml
from fast_mail_parser import DecodeError, ParseError, parse_email_tree

from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
from pixelstudy.mail.raw import RawMessage

__all__ = ["read"]


def read(path: str) -> tuple[int, int]:
    """Return how many messages and HTML parts stand in the mailbox at `path`."""
    n_messages = n_html = 0
    for part in open_mailbox(path).parts():
        for message in read_part(part):
            if not isinstance(message, RawMessage):
                continue
            n_messages += 1
            try:
                stack = [parse_email_tree(message.data, mode="lazy")]
            except ParseError:
                continue
            while stack:
                node = stack.pop()
                stack.extend(node.children)
                if not node.children and node.content_type.lower() == "text/html":
                    with suppress(ParseError, DecodeError):
                        turbohtml.parse((node.content or b"").decode("utf-8", "replace"))
                        n_html += 1
    return n_messages, n_html


if __name__ == "__main__":
    print("{:,} messages, {:,} HTML parts".format(*read(sys.argv[1])))
