"""CONTRIBUTING.md: each of its walks, followed in a copy of the package with the very text that it gives."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mailboxes import MESSAGES, mbox, quoted

PROJECT = Path(__file__).resolve().parents[1]
TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WALKS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL))


def blocks(walk: str, language: str) -> list[str]:
    """Return what a walk says to write, in its order."""
    return re.findall(rf"^```{language}\n(.*?)^```", WALKS[walk], flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package and of the test mailboxes, to change at will."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "pixelstudy", tmp_path / "pixelstudy", ignore=ignored)
    shutil.copytree(PROJECT / "tests" / "mailboxes", tmp_path / "mailboxes", ignore=ignored)
    return tmp_path


def put_after(path: Path, line: str, text: str) -> None:
    """Put `text` after the one line of a file that is `line`."""
    before = path.read_text(encoding="utf-8")
    assert before.count(f"\n{line}\n") == 1, f"{path.name} has no line {line!r}"
    path.write_text(before.replace(f"\n{line}\n", f"\n{line}\n{text}"), encoding="utf-8")


def run(copy: Path, *arguments: str, **environment: str) -> str:
    """Return what Python prints when it is run on the copy."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=copy, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_five_walks_are_there() -> None:
    assert list(WALKS) == ["A vendor", "A carrier", "An export format", "A definition", "A corpus"]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:pixelstudy|tests|data)/[\w./-]+)`", TEXT))))
def test_every_file_that_it_names_is_there(name: str) -> None:
    made_by_the_walk = ("data/raw/", "data/corpora/teashop/")
    assert name in made_by_the_walk or (PROJECT / name).exists()


def test_a_vendor_is_one_row(copy: Path) -> None:
    (row,) = blocks("A vendor", "csv")
    table = copy / "pixelstudy" / "pixels" / "urls" / "vendors.csv"
    table.write_text(table.read_text(encoding="utf-8") + row, encoding="utf-8")
    code = "from pixelstudy.pixels.urls.vendors import find_vendor as f; print(f('t.teamailer.example', '/o/a').vendor)"
    assert run(copy, "-c", code) == "Teamailer\n"


def test_the_columns_of_a_vendor_are_all_explained() -> None:
    header = (PROJECT / "pixelstudy" / "pixels" / "urls" / "vendors.csv").read_text(encoding="utf-8").splitlines()[0]
    table = re.findall(r"^\| (`.+?) \|", WALKS["A vendor"], flags=re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(table)) == header.split(",")


def test_a_carrier_is_one_line(copy: Path) -> None:
    (line,) = blocks("A carrier", "python")
    put_after(copy / "pixelstudy" / "pixels" / "carriers.py", "CARRIERS = (", line)
    code = (
        "from pixelstudy.pixels.resources import HtmlPart, find_resources\n"
        "print([f.carrier.name for f in find_resources(HtmlPart('<portal src=https://example.org/1>'))])"
    )
    assert run(copy, "-c", code) == "['portal src']\n"


def test_an_export_format_is_one_module_and_one_line(copy: Path) -> None:
    module, line, writer, entry = blocks("An export format", "python")
    boxes = copy / "pixelstudy" / "mail" / "boxes"
    (boxes / "gmail_api.py").write_text(module, encoding="utf-8")
    mailbox = boxes / "mailbox.py"
    text = mailbox.read_text(encoding="utf-8")
    mailbox.write_text(text.replace("boxes import archives,", "boxes import gmail_api, archives,", 1), encoding="utf-8")
    put_after(mailbox, "FORMATS = (", line)
    made = copy / "mailboxes" / "__init__.py"
    made.write_text(
        f"{made.read_text(encoding='utf-8')}\nimport base64\n{writer}\nNEW = {{{entry}}}\n", encoding="utf-8"
    )
    code = (
        "from pathlib import Path\n"
        "from mailboxes import NEW\n"
        "from pixelstudy.extraction.parquet import read_table\n"
        "from pixelstudy.extraction.run import extract\n"
        "from pixelstudy.tables import MESSAGES\n"
        "extract([NEW['Gmail API'][0](Path())], Path('out'), jobs=1)\n"
        "print(*sorted(read_table(MESSAGES, Path('out'))['population']))"
    )
    assert run(copy, "-c", code) == "received received sent spam trash\n"
    assert "Gmail API message" in run(copy, "-m", "pixelstudy", "doctor", "gmail")


def test_a_definition_is_one_entry(copy: Path) -> None:
    (entry,) = blocks("A definition", "python")
    put_after(copy / "pixelstudy" / "measure" / "definitions.py", "DEFINITIONS = (", entry)
    code = (
        "import sys; from pathlib import Path\n"
        "from pixelstudy.extraction.parquet import read_table\n"
        "from pixelstudy.measure.comparisons import by_definition\n"
        "from pixelstudy.tables import MESSAGES, RESOURCES\n"
        "folder = Path(sys.argv[1])\n"
        "shares = by_definition(read_table(MESSAGES, folder), read_table(RESOURCES, folder))\n"
        "print(0 < shares.set_index('name').loc['third_party', 'share'] <= 1)"
    )
    assert run(copy, "-c", code, str(PROJECT / "data" / "corpora" / "markup")) == "True\n"


def test_a_corpus_is_one_table(copy: Path) -> None:
    (table,) = blocks("A corpus", "toml")
    raw = mbox(quoted(MESSAGES["inbox"]), quoted(MESSAGES["trips"]))
    (copy / "raw" / "teashop").mkdir(parents=True)
    (copy / "raw" / "teashop" / "teashop.mbox").write_bytes(raw)
    catalogue = copy / "pixelstudy" / "corpora" / "corpora.toml"
    named = table.replace("0" * 64, hashlib.sha256(raw).hexdigest())
    catalogue.write_text(catalogue.read_text(encoding="utf-8") + "\n" + named, encoding="utf-8")
    for folder in ("data", "notebooks"):
        (copy / folder).mkdir()
    for name in ("README.md", "published.csv"):
        shutil.copy(PROJECT / "data" / name, copy / "data")
    environment = {"PIXELSTUDY_CORPORA": str(copy / "raw"), "PIXELSTUDY_HOME": str(copy)}
    assert re.search(r"teashop +2 messages +here", run(copy, "-m", "pixelstudy", "corpora", "list", **environment))
    told = run(copy, "-m", "pixelstudy", "corpora", "extract", "teashop", **environment)
    assert told.startswith("teashop: 2 messages")
    assert len(list((copy / "data" / "corpora" / "teashop").glob("*.parquet"))) == 4
    assert "### teashop: Tea shop" in (copy / "data" / "README.md").read_text(encoding="utf-8")
