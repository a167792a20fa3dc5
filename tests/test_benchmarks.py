"""The benchmarks: the same mail for the same seed, and what is made of the measurements."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import stages
from benchmarks.corpora import again
from benchmarks.newsletters import write_newsletters
from benchmarks.report import plan, put_table, table, targets
from pixelstudy.extraction.run import extract


def row(cpu: float, seconds: float, **more: float) -> dict[str, object]:
    return {
        "megabytes": 100.0, "seconds": seconds, "cpu_seconds": cpu, "mb_per_s": 100 / seconds, "peak_mb": 200.0,
        "messages_per_s": 1000 / seconds, "times_obvious": 1.0, "times_obvious_cpu": 1.0, "of_floor": 1.0,
        "of_floor_cpu": 1.0, **more,
    }  # fmt: skip


@pytest.fixture
def found() -> dict[str, object]:
    ways = {
        "ours, one worker": row(36.0, 40.0, times_obvious_cpu=21.0, of_floor_cpu=0.4),
        "ours, all cores": row(38.0, 20.0),
    }
    newsletters = {"n_messages": 1000, "megabytes": 100.0, "runs": 3, "table_bytes": 500_000, "ways": ways}
    return {"machine": {"cores": 2}, "mailboxes": {"newsletters": newsletters}}


def test_generated_mail_is_the_same_for_the_same_seed_and_is_read_whole(tmp_path: Path) -> None:
    one, again, other = (tmp_path / name for name in ("one", "again", "other"))
    n = write_newsletters(one, 500_000)
    write_newsletters(again, 500_000)
    write_newsletters(other, 500_000, seed=1)
    assert one.read_bytes() == again.read_bytes() != other.read_bytes()
    counts = extract([one], tmp_path / "tables", jobs=1).counts
    assert counts.n_read == counts.n_with_html == n
    assert 4 * n < counts.n_resources < 12 * n


def test_each_step_of_a_message_is_measured(tmp_path: Path) -> None:
    write_newsletters(tmp_path / "news.mbox", 300_000)
    spent = stages.measure(tmp_path / "news.mbox")
    assert {"split the mbox", "parse the HTML", "judge them", "make columns of the rows"} <= set(spent)
    assert spent["parse the HTML"] > 0


def test_a_target_says_what_was_found_and_whether_that_is_enough(found: dict[str, object]) -> None:
    said = targets(found)
    assert said["newsletters: times the obvious pipeline a core"] == {
        "found": 21.0,
        "wanted": "at least 8",
        "is_met": True,
    }
    assert said["newsletters: of the floor a core"] == {"found": 0.4, "wanted": "at least 0.5", "is_met": False}
    assert said["newsletters: times one worker, on all cores"]["found"] == 2.0
    assert said["newsletters: MB of memory a worker"]["is_met"]


def test_a_zip_is_held_against_its_mbox(found: dict[str, object]) -> None:
    ways = {"ours, all cores": row(20.0, 10.0), "ours, all cores, zip": row(22.0, 13.0, peak_mb=230.0)}
    said = targets({"mailboxes": {"takeout": {"ways": ways}}})
    assert {name: (target["found"], target["is_met"]) for name, target in said.items()} == {
        "zip: times its mbox, in seconds": (1.3, False),
        "zip: times its mbox, in processor time": (1.1, True),
        "zip: times its mbox, in memory": (1.15, True),
        "zip: MB of memory a worker": (230.0, True),
    }


def test_mail_that_is_sent_again_differs_in_its_ids_and_tokens_alone() -> None:
    page = '<img src="https://d2fi4ri5dhpqd1.example/o/a1b2c3d4e5f6a7b8c9?u=5e78d7ef2297cc80842b" width="1">'
    mail = f"Message-ID: <1@a.example>\nContent-Type: text/html\n\n{page}\n".encode()
    once, twice = again(mail, 1), again(mail, 2)
    assert len({mail, once, twice}) == 3
    assert again(mail, 1) == once
    one, two = (data.partition(b"\n\n")[2].decode() for data in (once, twice))
    for text in (one, two):
        assert "https://d2fi4ri5dhpqd1.example/o/" in text
        assert text.endswith(' width="1">\n')
        for kind in ("[0-9]", "[a-z]"):
            assert len(re.findall(kind, text)) == len(re.findall(kind, page))
    assert one != two


def test_a_plan_is_the_measured_rate_times_as_much_mail(found: dict[str, object]) -> None:
    planned = plan(found)
    assert planned["messages_a_core_hour"] == 100_000
    assert planned["hu"]["core_hours"] == 23
    assert planned["billion"]["machines_for_a_day"] == pytest.approx(10_000 / 16 / 24, rel=0.01)
    assert planned["billion"]["table_mb"] == 500_000
    assert plan({}) == {}


def test_the_table_goes_between_its_marks(found: dict[str, object], tmp_path: Path) -> None:
    found["targets"] = targets(found)
    path = tmp_path / "page.md"
    path.write_text("before <!-- measured -->\nold\n<!-- / --> after\n")
    put_table(path, found)
    put_table(path, found)
    text = path.read_text()
    assert text.startswith("before <!-- measured -->\n```text\n")
    assert text.endswith("\n```\n<!-- / --> after\n")
    assert "old" not in text
    assert (
        text.count("NOT MET  newsletters: of the floor a core: 0.4 (at least 0.5)")
        == table(found).count("NOT MET")
        == 1
    )
