from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from pixelstudy.corpora.pairs import COLUMNS, pair_rows, write_pairs
from pixelstudy.extraction.parquet import read_table
from pixelstudy.tables import MESSAGES, RESOURCES

DATA = Path(__file__).resolve().parents[2] / "data"
LABELS = DATA / "labels" / "pairs.csv"


def labels() -> pd.DataFrame:
    return pd.read_csv(LABELS, keep_default_na=False)


def issue(token: str, recipient: str) -> bytes:
    return (
        f"From: The Shop <news@shop.example>\nTo: {recipient}\nSubject: Offers\nMIME-Version: 1.0\n"
        f"Date: Mon, 16 Jan 2023 10:00:00 +0000\nMessage-ID: <{token}@shop.example>\nContent-Type: text/html\n\n"
        '<img src="https://shop.example/logo.png" width="200" height="60">'
        f'<img src="https://shop.example/o.gif?r={token}" width="1" height="1">'
    ).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pairs"
    path.mkdir()
    for copy, token in (("u1", "5e78d7ef2297cc80842b"), ("u2", "2ed1232679e6496a8003")):
        (path / f"acme__2023-01-16-shop.{copy}.eml").write_bytes(issue(token, f"{copy}@example.org"))
    (path / "acme__2023-01-17-alone.u1.eml").write_bytes(issue("77a1232679e6496a8003", "u1@example.org"))
    return path


def test_a_pair_gives_a_row_for_each_resource_in_both_copies(folder: Path) -> None:
    rows = pair_rows(folder)
    assert tuple(rows.columns) == COLUMNS
    assert rows["issue"].tolist() == ["2023-01-16-shop"] * 2
    assert rows["position"].tolist() == [0, 1]
    assert rows["outcome"].tolist() == ["same", "differs"]
    assert rows["differs_in"].tolist()[0] == ""
    assert rows["differs_in"].tolist()[1]
    assert rows["message_key"].nunique() == rows["other_key"].nunique() == 1
    assert (rows["message_key"] != rows["other_key"]).all()


def test_a_folder_without_pairs_gives_no_rows(tmp_path: Path) -> None:
    assert pair_rows(tmp_path).empty
    assert tuple(pair_rows(tmp_path).columns) == COLUMNS


def test_rows_are_written_to_data_without_addresses_and_tokens(folder: Path, tmp_path: Path) -> None:
    write_pairs(folder, tmp_path)
    text = (tmp_path / "data" / "labels" / "pairs.csv").read_text()
    assert text.startswith(",".join(COLUMNS) + "\n")
    for secret in ("5e78d7ef", "2ed12326", "@", "http", "shop.example"):
        assert secret not in text


def test_the_labels_name_no_address_host_or_token() -> None:
    text = LABELS.read_text(encoding="utf-8")
    assert "@" not in text
    assert "/" not in text
    assert not re.search(r"[\w-]+\.(?:de|com|net|org|email|io)\b", text)
    kept = labels()
    assert tuple(kept.columns) == COLUMNS
    assert kept["message_key"].str.fullmatch(r"[0-9a-f]{16}").all()
    assert kept["other_key"].str.fullmatch(r"[0-9a-f]{16}").all()
    assert set(kept["outcome"]) == {"same", "differs"}
    assert kept["differs_in"].str.fullmatch(r"[a-z ]*").all()
    assert kept["issue"].str.fullmatch(r"\d{4}-\d\d-\d\d-[a-z-]+").all()


def test_every_label_belongs_to_a_row_of_the_released_tables() -> None:
    # If the keys change, old labels would silently drop out of the notebook's comparison.
    kept, folder = labels(), DATA / "corpora" / "unspy"
    messages, resources = read_table(MESSAGES, folder), read_table(RESOURCES, folder)
    assert set(kept["message_key"]) | set(kept["other_key"]) <= set(messages["message_key"])
    both = kept.merge(resources, on=["message_key", "position"], validate="one_to_one", suffixes=("", "_told"))
    assert len(both) == len(kept)
    assert (both["carrier"] == both["carrier_told"]).all()


def test_there_are_seven_pairs_and_one_is_the_control() -> None:
    kept = labels()
    assert kept["issue"].nunique() == 7
    differ = kept.groupby("issue")["outcome"].apply(lambda outcome: (outcome == "differs").sum())
    assert (differ > 0).sum() == 6
    assert differ["2023-01-16-norma"] == 0


@pytest.mark.corpora
def test_the_labels_match_the_raw_pairs(corpora: Path) -> None:
    made = pair_rows(corpora / "unspy").astype(str).reset_index(drop=True)
    pd.testing.assert_frame_equal(made, labels().astype(str), check_dtype=False)
