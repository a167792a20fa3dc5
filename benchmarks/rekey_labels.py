"""``python -m benchmarks.rekey_labels``: carry the labels over to the message keys of today.

A label names its message by key. When what enters a key changes, this reads the raw corpora once more, computes the key
of each message as it was and as it is, and writes the labels again under the new keys: no label is drawn anew, and none
is lost. ``half`` stays as it was drawn. Labels that already have a new key stay as they are, so it may be run again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pandas as pd

from pixelstudy.corpora.catalogue import find_corpus, locate
from pixelstudy.corpora.labels import half_of
from pixelstudy.mail.boxes.mailbox import open_mailbox, read_part
from pixelstudy.mail.message import parse_message
from pixelstudy.mail.raw import BLANK_LINE, RawMessage
from pixelstudy.storage.home import project_folder

_NAMING = re.compile(rb"\n(message-id|from|date|subject)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE)


def former_key(data: bytes) -> str:
    """Return the key of a message as it was before MIME boundaries were left out."""
    end = BLANK_LINE.search(data)
    named: dict[bytes, bytes] = {}
    for name, value in _NAMING.findall(b"\n" + data[: end.start() if end else None]):
        named.setdefault(name.lower(), b" ".join(value.split()))
    digest = blake2b(digest_size=8)
    for name in (b"message-id", b"from", b"date", b"subject"):
        digest.update(named.get(name, b"") + b"\0")
    if end:
        body = data[end.end() :].rstrip()
        if b">From " in body or re.search(rb"\r(?!\n)", body):
            digest.update(re.sub(rb"(?m)^>+From ", b"From ", body.replace(b"\r\n", b"\n")).rstrip())
        else:
            digest.update(body.replace(b"\r", b""))
    return digest.hexdigest()


def keys_of(corpus: str) -> Iterator[tuple[str, str]]:
    """Yield the former key and the key of each message of a corpus."""
    for _, path in locate(corpus):
        for part in open_mailbox(path).parts():
            for raw in read_part(part):
                if isinstance(raw, RawMessage):
                    yield former_key(raw.data), parse_message(raw).key


def carried(labels: pd.DataFrame) -> pd.DataFrame:
    """Return `labels` with the keys of today; a label that names no message is an error."""
    labels = labels.copy()
    for corpus, rows in labels.groupby("corpus"):
        pairs = list(keys_of(str(corpus)))
        if find_corpus(str(corpus)).is_private:  # its released keys are numbers, one for each message that is kept
            assert len(dict.fromkeys(old for old, _ in pairs)) == len(dict.fromkeys(new for _, new in pairs)), corpus
            continue
        old_keys = dict(pairs)
        is_old = ~rows["message_key"].isin(set(old_keys.values()))
        if "half" in labels:
            assert (rows.loc[is_old, "half"] == rows.loc[is_old, "message_key"].map(half_of)).all(), corpus
        keys = rows["message_key"].where(~is_old, rows["message_key"].map(old_keys))
        assert keys.notna().all(), f"{corpus}: {keys.isna().sum()} labels name no message"
        labels.loc[rows.index, "message_key"] = keys
        print(
            f"{corpus}: {is_old.sum()} of {len(rows)} labels carried over, {(keys == rows['message_key']).sum()} kept"
        )
    assert not labels.duplicated(["corpus", "message_key", "position"]).any()
    return labels


def main() -> None:
    """Write the files of labelled resources again; ``pairs.csv`` is written with the released tables."""
    for name in ("resources.csv", "first_sight.csv", "second_sight.csv"):
        path = Path(project_folder()) / "data" / "labels" / name
        labels = carried(pd.read_csv(path, dtype=str, keep_default_na=False))
        labels.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
