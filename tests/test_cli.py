"""The command: a user's mistake ends in one line and status 2, with nothing written."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import main

from pixelstudy import __version__
from pixelstudy.mail.boxes import mailbox as mailbox_module
from pixelstudy.study import notebooks

MAIL = b"From: a@example.org\nSubject: tea\nContent-Type: text/html\n\n<img src=https://example.com/a.gif>\n"
COMMAND = shutil.which("pixelstudy", path=str(Path(sys.executable).parent)) or "pixelstudy"


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the real console command."""
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def nothing(path: Path) -> None:
    pass


def empty_file(path: Path) -> None:
    path.touch()


def empty_folder(path: Path) -> None:
    path.mkdir()


def folder_without_mail(path: Path) -> None:
    path.mkdir()
    (path / "notes.txt").write_text("tea at four")
    (path / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n")


def jpeg(path: Path) -> None:
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200))


def cut_gzip(path: Path) -> None:
    data = b"".join(
        b"From a@example.org Thu Aug 22 12:36:23 2002\n" + MAIL + os.urandom(9000).hex().encode() + b"\n\n"
        for _ in range(9)
    )
    path.write_bytes(gzip.compress(data)[:-9000])


def cut_gzip_of_one_message(path: Path) -> None:
    path.write_bytes(gzip.compress(MAIL)[:-12])


WRONG = [
    (nothing, "does not exist; check the path"),
    (empty_file, "is empty; name an mbox, an .eml, a folder or an archive of messages"),
    (empty_folder, "contains no files; name an mbox, an .eml, a folder or an archive of messages"),
    (
        folder_without_mail,
        "contains no mail: the first of 2 files, cat.png, looks like a PNG image; name an mbox, an .eml",
    ),
    (jpeg, "looks like a JPEG image, not mail; name an mbox, an .eml, a folder or an archive of messages"),
    (cut_gzip, "whole messages: get it again, or read what is left with --salvage"),
    (cut_gzip_of_one_message, "is truncated (gzip: ends early) and contains no whole message; get it again"),
]


@pytest.mark.parametrize(("make", "line"), WRONG, ids=lambda value: getattr(value, "__name__", ""))
def test_a_path_without_mail_is_one_line_and_nothing_is_written(
    make: Callable[[Path], None], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "box", tmp_path / "new" / "out"
    make(path)
    before = sorted(tmp_path.rglob("*"))
    status, said, error = main(capsys, "extract", path, "--out", out)
    assert (status, said) == (2, "")
    assert error.startswith(f"pixelstudy: {path} ")
    assert line in error
    assert error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("make", [nothing, jpeg, cut_gzip], ids=lambda make: make.__name__)
def test_the_same_happens_in_a_shell(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "box"
    make(path)
    before = sorted(tmp_path.rglob("*"))
    ended = command("extract", path, "--out", tmp_path / "out")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"pixelstudy: {path} ")
    assert ended.stderr.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_without_permission() -> None:
    """Root may do anything, so the command becomes nobody once a first run has loaded its modules."""
    code = (
        "import os, sys\nfrom pixelstudy.cli import main\nhere = sys.argv[1]\n"
        "sys.argv[1:] = ['doctor', here + '/a.eml']\n"
        "try: main()\nexcept SystemExit: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sys.argv[1:] = ['doctor', here]\nmain()"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        box = Path(folder) / "box"
        box.mkdir(mode=0o700)
        (box / "a.eml").write_bytes(MAIL)
        ended = subprocess.run([sys.executable, "-c", code, str(box)], capture_output=True, text=True, check=False)
    assert ended.stderr == f"pixelstudy: {box} can't be read: no permission; change its permissions, or name a copy\n"
    assert (ended.returncode, ended.stdout.count("message, ")) == (2, 1)


def test_a_folder_that_the_system_denies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(mailbox_module.os, "scandir", denied)
    status, _, error = main(capsys, "extract", tmp_path, "--out", tmp_path / "out")
    assert (status, error) == (
        2,
        f"pixelstudy: {tmp_path} can't be read: no permission; change its permissions, or name a copy\n",
    )


@pytest.mark.parametrize("place", ["file", "file/out", "x" * 300])
def test_an_output_that_cannot_be_written(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "file").write_text("mine")
    status, said, error = main(capsys, "extract", tmp_path / "a.eml", "--out", tmp_path / place)
    assert (status, said) == (2, "")
    assert "can't be written: " in error
    assert error.endswith("; choose another folder with --out\n")
    assert error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.eml", "file"]


def test_extract_says_what_became_of_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    out = tmp_path / "out"
    status, said, error = main(capsys, "extract", tmp_path / "a.eml", "--out", out)
    assert (status, error) == (0, "")
    assert said == (
        "1 read = 1 kept + 0 duplicates + 0 skipped; 1 with HTML, 1 remote resources. Tables in " + f"{out}\n"
    )


def test_salvage_reads_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut_gzip(tmp_path / "box.gz")
    status, said, _ = main(capsys, "extract", tmp_path / "box.gz", "--out", tmp_path / "out", "--salvage")
    assert status == 0
    assert said.startswith("9 read = 8 kept + 0 duplicates + 1 skipped")
    assert said.endswith("\nSkipped: 1 truncated.\n")


def test_extract_says_which_lines_may_begin_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "box").write_bytes(
        b"From a@b Thu Aug 22 12:36:23 2002\n" + MAIL + b"\n\nFrom now on, we eat lunch.\n\n"
    )
    status, said, _ = main(capsys, "extract", tmp_path / "box", "--out", tmp_path / "out")
    assert status == 0
    assert said.endswith('\n1 line with "From " may or may not begin a message.\n')


def test_doctor_says_what_would_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    assert main(capsys, "doctor", tmp_path / "a.eml") == (0, f"{tmp_path}/a.eml: message, {len(MAIL)} bytes\n", "")


def test_doctor_without_a_path_says_where_mail_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "Maildir" / "cur").mkdir(parents=True)
    (tmp_path / "Maildir" / "cur" / "1:2,S").write_bytes(MAIL)
    status, said, error = main(capsys, "doctor")
    assert (status, error) == (0, "")
    assert "~/Maildir: 1 message\n" in said


def test_study_understands_a_path_from_the_home_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Make passes MAILBOX=~/a on unchanged where the shell does not replace the tilde, as in zsh."""
    handed: list[object] = []
    monkeypatch.setattr(notebooks, "run_notebooks", lambda study: handed.append(study.choice.written) or [])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIXELSTUDY_HOME", str(tmp_path / "project"))
    (tmp_path / "a.eml").write_bytes(MAIL)
    assert main(capsys, "study", "--mailbox", "~/a.eml")[0] == 0
    assert handed == [str(tmp_path / "a.eml")]


def test_another_population_is_measured_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Spam").mkdir()
    (tmp_path / "Spam" / "a.eml").write_bytes(MAIL)
    main(capsys, "extract", tmp_path / "Spam", "--out", tmp_path / "out", "--quiet")
    assert "none of 0 messages received has HTML" in main(capsys, "summary", tmp_path / "out")[1]
    assert "0 of 1 messages in spam" in main(capsys, "summary", tmp_path / "out", "--population", "spam")[1]
    status, _, error = main(capsys, "summary", tmp_path / "out", "--population", "junk")
    assert (status, "junk" in error) == (2, True)


@pytest.mark.parametrize(
    "arguments", [["brew"], ["extract"], ["extract", "x"], ["extract", "x", "--out", "y", "--jobs", "0"]]
)
def test_a_wrong_command_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, said, error = main(capsys, *arguments)
    assert (status, said) == (2, "")
    assert "Usage: pixelstudy" in error
    assert "Traceback" not in error


class TestStart:
    def test_help_names_every_command_in_whole_sentences(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, said, _ = main(capsys, "--help")
        for name in ("extract", "summary", "explain", "compare", "doctor", "study", "corpora"):
            assert f"\n  {name} " in said
        assert "..." not in said.partition("Commands:")[2]

    @pytest.mark.parametrize("name", [[], ["extract"], ["explain"], ["study"], ["corpora"], ["corpora", "fetch"]])
    def test_every_command_has_help(self, name: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        status, said, error = main(capsys, *name, "--help")
        assert (status, error) == (0, "")
        assert said.startswith(f"Usage: {' '.join(['pixelstudy', *name])} ")

    def test_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(capsys, "--version") == (0, f"pixelstudy {__version__}\n", "")

    def test_help_loads_nothing_heavy(self) -> None:
        code = (
            "import sys; from pixelstudy.cli import main\nsys.argv = ['pixelstudy', '--help']\n"
            "try: main()\nexcept SystemExit: pass\n"
            "heavy = {'pandas', 'pyarrow', 'numpy', 'matplotlib', 'turbohtml', 'tldextract', 'IPython', 'tqdm'}\n"
            "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
        )
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert ended.stderr == "[]\n"


def test_an_interrupt_is_one_line_and_status_130(tmp_path: Path) -> None:
    code = (
        "import time, pixelstudy.extraction.run as module\nfrom pixelstudy.cli import main\nimport sys\n"
        "def wait(*_, **__): print('reading', flush=True); time.sleep(60)\n"
        f"module.extract = wait; sys.argv = ['pixelstudy', 'extract', {str(tmp_path)!r}, '--out', 'x']\nmain()"
    )
    (tmp_path / "a.eml").write_bytes(MAIL)
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a run in the background is deaf to it
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "reading\n"
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=120)  # a bound for a loaded machine, not a measure
    assert (child.returncode, error) == (130, "\nInterrupted. Run the same command again to resume.\n")
