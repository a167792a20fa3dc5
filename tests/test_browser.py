"""The study in a real browser: JupyterLab by hand, the pixel that a browser loads, hostile mail, and the report.

Every request that a page makes is written down, and whatever the browser would ask of another machine goes to a proxy
of ours, which writes it down and refuses: at the end both hold loopback addresses alone. Screenshots of all that is
shown go to ``build/screenshots``, which git ignores.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from http.client import HTTPConnection
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pandas as pd
import pytest
from mailboxes.boxes import BOXES

from pixelstudy.extraction.run import extract
from pixelstudy.reporting.report import write_report
from pixelstudy.study.choice import Choice, choose_study
from pixelstudy.study.explore import write_explorer
from pixelstudy.study.loopback import PROXY_ADDRESS, Server
from pixelstudy.study.notebooks import notebook_paths, working_copies
from pixelstudy.study.study import read_tables

PROJECT = Path(__file__).resolve().parent.parent
SHOTS = PROJECT / "build" / "screenshots"
NAMES = [path.stem for path in notebook_paths(PROJECT)]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
TOKEN = "a-token-of-these-tests"
PHONE, DESK = (400, 844), (1280, 900)
PUBLIC = "lab/notebooks"
"""Where JupyterLab has the notebooks on the public mail."""
SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]


class Log:
    """What the browser asked for."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.elsewhere: list[str] = []

    def hosts(self) -> set[str]:
        urls = [url for url in self.pages if not url.startswith(("data:", "blob:", "about:", "file:"))]
        return {str(urlsplit(url).hostname) for url in urls}


@pytest.fixture(scope="module")
def log() -> Log:
    return Log()


@pytest.fixture(scope="module")
def browser(log: Log) -> Iterator[Any]:
    """A browser that can reach this machine alone."""
    from playwright.sync_api import sync_playwright

    def refuse(handler: Any) -> None:
        log.elsewhere.append(handler.path)
        handler.send_error(403)

    proxy = Server(refuse)
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--proxy-server=127.0.0.1:{proxy.port}"]
        opened = playwright.chromium.launch(executable_path=BROWSER, args=flags)
        yield opened
        opened.close()
    proxy.stop()


@pytest.fixture
def page(browser: Any, log: Log) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]})
    context.set_default_timeout(90_000)  # a busy machine starts kernels slowly
    context.on("request", lambda request: log.pages.append(request.url))
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the project as it lies here, in a repository of its own."""
    folder = tmp_path_factory.mktemp("clone") / "pixelstudy"
    files = git(PROJECT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, files):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, folder / name)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "as it is")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def canary() -> Iterator[Server]:
    """A server that nothing should ever ask: hostile mail points at it with all its might."""
    server = Server(lambda handler: server.asked.append(handler.path))  # type: ignore[attr-defined]
    server.asked = []  # type: ignore[attr-defined]
    yield server
    server.stop()


def hostile_mail(n: int, canary: Server) -> bytes:
    """A newsletter that tries to become markup, script and request wherever a word of it is shown."""
    at = f"http://127.0.0.1:{canary.port}"
    evil = f"<img src={at}/a onerror=window.pwned=1>"
    token = f"{n:032x}".replace("0", "e")
    return f"""\
From: "{evil}<script>window.pwned=1</script>" <news@shop{n % 8}.example>
To: Jane <jane@example.org>
Subject: {evil} javascript:window.pwned=1 =cmd|' /C calc'!A0 {n}
Date: Fri, 17 Apr 2026 08:{n % 60:02}:00 +0000
Message-ID: <{n}@shop.example>
List-Id: {evil}
List-Unsubscribe: <javascript:window.pwned=1>, <{at}/u>
X-Mailer: {evil}
Content-Type: text/html; charset=utf-8

<html><body onload="window.pwned=1"><script>window.pwned=1</script>
<img src="{at}/open/{token}.gif?u={token}" width="1" height="1">
<img src="javascript:window.pwned=1" width="1" height="1">
<img src="{at}/&lt;img src=x onerror=window.pwned=1&gt;?r={token}" style="display:none;--x:'{evil.replace('"', "")}'">
<img src="https://&lt;b&gt;evil.example/%3Cimg%20src=x%20onerror=window.pwned=1%3E/{token}" width="0" height="0">
<p class="{evil}">hello</p></body></html>
""".encode()


@pytest.fixture(scope="module")
def mailbox(canary: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reader") / "Downloads" / HOSTILE_NAME
    path.parent.mkdir()
    mails = (hostile_mail(n, canary) for n in range(64))
    path.write_bytes(b"".join(b"From a@b Thu Aug 22 12:36:23 2002\n%s\n" % mail for mail in mails))
    with zipfile.ZipFile(path.with_name(TAKEOUT_NAME), "w") as takeout:
        takeout.write(path, "Takeout/Mail/All mail Including Spam and Trash.mbox")
    return path


TAKEOUT_NAME = "takeout-20260417T080000Z-001.zip"
HOSTILE_NAME = "a<img src=x onerror=window.pwned=1>.mbox"


@pytest.fixture(scope="module")
def lab(home: Path, mailbox: Path) -> Iterator[str]:
    """JupyterLab, started by the command that ``make lab`` runs, for a reader with a home folder of their own."""
    reader, port = mailbox.parent.parent, free_port()
    # All of a notebook is drawn at once, so that one screenshot shows it.
    settings = reader / ".jupyter/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"windowingMode": "none"}))
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PIXELSTUDY", "JUPYTER"))}
    variables |= {"HOME": str(reader), "PIXELSTUDY_HOME": str(home)}
    options = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}"]
    options += ["--ServerApp.allow_root=True", "--LabApp.expose_app_in_browser=True"]
    with (reader / "said").open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "pixelstudy", "lab", *options],
            cwd=home, env=variables, stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_for(port, server, reader / "said")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def wait_for(port: int, server: subprocess.Popen[bytes], said: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, said.read_text()
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", f"/api/status?token={TOKEN}")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(said.read_text())


def open_notebook(page: Any, lab: str, name: str, *, how: str = "doc", folder: str = PUBLIC) -> None:
    """Open a notebook, by itself or (``lab``) with the file browser beside it."""
    page.goto(f"{lab}/{how}/workspaces/tests/tree/{quote(folder)}/{name}.ipynb?reset&token={TOKEN}")
    wait_for_kernel(page)


def wait_for_kernel(page: Any) -> None:
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.context?.isReady")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.context.sessionContext.isReady")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel")


def do(page: Any, command: str) -> None:
    """Give JupyterLab a command, and wait until it is done."""
    page.evaluate(
        "name => { window.isDone = 0; jupyterapp.commands.execute(name).then(() => (window.isDone = 1)) }", command
    )
    page.wait_for_function("window.isDone", timeout=120_000)


def run_all(page: Any, home: Path, name: str, *, folder: str = PUBLIC) -> list[dict[str, Any]]:
    """Run all cells, save, and return the code cells as they were saved."""
    do(page, "notebook:run-all-cells")
    do(page, "docmanager:save")
    cells = json.loads((home / "data/private" / folder / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def check_ran(cells: list[dict[str, Any]]) -> None:
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


def shoot(page: Any, name: str) -> None:
    """Take a screenshot of all of the notebook, at a desk and on a phone."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in {"desk": DESK, "phone": PHONE}.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        tall = page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(int(tall) + 120, 15_000)})
        page.evaluate("() => (document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0)")
        page.wait_for_timeout(200)
        page.screenshot(path=SHOTS / f"{name}-{size}.png")


def tables(cell: dict[str, Any]) -> list[pd.DataFrame]:
    """The tables that a cell shows, as a reader sees them."""
    pages = ["".join(output.get("data", {}).get("text/html", [])) for output in cell["outputs"]]
    return [table for page in pages if "<table" in page for table in pd.read_html(StringIO(page), flavor="bs4")]


def shown(cell: dict[str, Any]) -> str:
    """What a cell printed or returned, as text."""
    return "".join(
        "".join(output.get("text", output.get("data", {}).get("text/plain", []))) for output in cell["outputs"]
    )


# On the public mail


@pytest.mark.parametrize("name", NAMES)
def test_every_notebook_runs_in_jupyterlab(page: Any, lab: str, home: Path, name: str) -> None:
    open_notebook(page, lab, name)
    check_ran(run_all(page, home, name))
    shoot(page, name)


def test_the_pixel_is_loaded_by_the_browser_counted_told_apart_blocked_and_proxied(
    page: Any, lab: str, home: Path, log: Log
) -> None:
    before = len(log.pages)
    open_notebook(page, lab, "01-see-a-spy-pixel")
    cells = run_all(page, home, "01-see-a-spy-pixel")
    logs = [tables(cell)[0] for cell in cells if "".join(cell["source"]) == "shop.log()"]
    assert [len(each) for each in logs] == [1, 2, 3, 3, 4]
    columns = ["recipient", "opening", "program", "device", "address"]
    chrome, *rest = logs[-1][columns].values.tolist()
    assert chrome[:2] == ["Jane", 1]
    assert re.fullmatch(r"Chrome \d+", chrome[2])
    assert chrome[3:] == ["Linux", "127.0.0.1"]
    assert [row[:2] for row in rest] == [["Jane", 2], ["Omar", 1], ["Jane", 3]]
    assert rest[-1][2:] == ["an image proxy", "the proxy's", PROXY_ADDRESS]
    asked = {url.query for url in map(urlsplit, log.pages[before:]) if url.path == "/open.gif"}
    (addresses,) = (shown(cell) for cell in cells if "shop.token" in "".join(cell["source"]))
    each_its_own = set(re.findall(r"open\.gif\?(r=\w+)", addresses))
    assert len(each_its_own) == 2
    assert each_its_own <= asked
    (sentence,) = (shown(cell) for cell in cells if "shop.sentence" in "".join(cell["source"]))
    assert re.search(r"Jane, I saw that you opened my email at [\d:]+ UTC, 2 times so far, .+ with Chrome", sentence)


# On hostile mail of one's own, with the mouse


def test_the_way_from_a_takeout_to_the_report_the_notebooks_and_a_page_to_share_takes_the_mouse_alone(
    page: Any, lab: str, home: Path, canary: Server
) -> None:
    page.goto(f"{lab}/?token={TOKEN}")
    wait_for_kernel(page)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.get_by_text("This study is about the public mail.").wait_for(timeout=60_000)
    commit(home)
    takeout = page.get_by_text(f"~/Downloads/{TAKEOUT_NAME}")
    takeout.click()
    page.get_by_text("This study is about the public mail.").scroll_into_view_if_needed()
    snap(page, "form")
    page.get_by_role("button", name="Read it and run the study").click()
    page.get_by_text("Running notebook").wait_for(timeout=60_000)
    snap(page, "form-running")
    page.get_by_text("Done.").wait_for(timeout=240_000)
    snap(page, "form-done")
    assert page.get_by_role("button", name="Read it and run the study").is_enabled()
    done = page.locator(".jp-OutputArea-output", has_text="Done.").last
    done.get_by_role("link", name="Open your report").click()
    report_frame(page).get_by_role("heading", name="Spy pixels in").wait_for()
    snap(page, "form-report")
    check_harmless(page, canary)
    back_to(page, f"{NAMES[0]}.ipynb")
    done.get_by_role("link", name="02 measure prevalence").click()
    page.get_by_text(re.compile("Your mailbox takeout-.*64 messages received")).first.wait_for()
    snap(page, "notebook-02")
    check_harmless(page, canary)
    back_to(page, f"{NAMES[0]}.ipynb")
    page.get_by_role("button", name="Make a page to share").click()
    page.get_by_role("link", name="Open the page to share").click(timeout=60_000)
    page.get_by_role("tab", name="report-to-share.html").wait_for()
    report_frame(page).get_by_role("heading", name="Spy pixels in").wait_for()
    assert "takeout" not in report_frame(page).locator("body").inner_text()
    check_harmless(page, canary)
    assert git(home, "status", "--porcelain") == ""
    (home / "data/private/choice.json").unlink()


def report_frame(page: Any) -> Any:
    return page.frame_locator(".jp-MainAreaWidget:not(.lm-mod-hidden) .jp-HTMLViewer iframe").last


def back_to(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name).first.click()


def snap(page: Any, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_a_phone_shows_the_notebook_and_no_side_bar(browser: Any, lab: str, log: Log) -> None:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    context.on("request", lambda request: log.pages.append(request.url))
    page = context.new_page()
    page.goto(f"{lab}/?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_timeout(2000)
    snap(page, "phone")
    assert page.locator(".jp-Notebook").first.bounding_box()["width"] > 0.75 * PHONE[0]
    context.close()


def test_a_form_in_a_notebook_that_is_opened_again_is_a_line_of_text(page: Any, lab: str, home: Path) -> None:
    open_notebook(page, lab, NAMES[0])
    run_all(page, home, NAMES[0])
    page.get_by_role("button", name="Read it and run the study").wait_for()
    open_notebook(page, lab, NAMES[0])
    page.get_by_text("Run this cell in JupyterLab").first.wait_for()
    assert page.get_by_text("Error displaying widget").count() == 0


@pytest.fixture(scope="module")
def chosen(lab: str, home: Path, mailbox: Path) -> str:
    """The folder of the notebooks of the mailbox, which is chosen; all that is tracked is as last committed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELSTUDY_HOME", str(home))
        choice = Choice(str(mailbox))
        choose_study(choice)
        working_copies(choice)
        commit(home)
        return choice.notebooks.relative_to(home / "data/private").as_posix()


@pytest.mark.parametrize("name", NAMES)
def test_hostile_mail_is_shown_as_text_in_every_notebook(
    page: Any, lab: str, home: Path, canary: Server, name: str, chosen: str
) -> None:
    open_notebook(page, lab, name, folder=chosen)
    cells = run_all(page, home, name, folder=chosen)
    assert [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"] == []
    check_harmless(page, canary)
    shoot(page, f"hostile-{name}")
    assert git(home, "status", "--porcelain") == ""


TABLES_AND_EXPLAIN = """\
import pandas as pd
from pixelstudy.reporting.explain import explain, explain_frame, explain_text
from pixelstudy.study.study import open_study
study = open_study()
mail = open("hostile.eml", "rb").read()
display(study.messages, study.resources, study.skipped, explain_frame(mail))
print(explain_text(mail))
explain(mail)"""


@pytest.mark.usefixtures("chosen")
def test_hostile_mail_is_shown_as_text_in_every_table_and_explanation(
    page: Any, lab: str, home: Path, canary: Server
) -> None:
    import nbformat

    folder = home / "data/private" / PUBLIC
    (folder / "hostile.eml").write_bytes(hostile_mail(1, canary))
    cells = [nbformat.v4.new_code_cell(TABLES_AND_EXPLAIN)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / "tables.ipynb")
    open_notebook(page, lab, "tables")
    check_ran(run_all(page, home, "tables"))
    assert "window.pwned" in page.locator(".jp-OutputArea").first.inner_text()
    check_harmless(page, canary)
    shoot(page, "hostile-tables")


def check_harmless(page: Any, canary: Server) -> None:
    """Assert that nothing that mail wrote became an element, a script or a request."""
    bad = f"[onerror], [src*='127.0.0.1:{canary.port}'], [src='x'], [href^='javascript:']"
    for frame in page.frames:
        assert not frame.evaluate("() => window.pwned"), frame.url
        assert frame.locator(bad).count() == 0, frame.locator(bad).first.evaluate("one => one.outerHTML")
    assert canary.asked == []  # type: ignore[attr-defined]


# The report


OWN = ("twelve", "years", "languages")


@pytest.fixture(scope="module")
def reports(mailbox: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of hostile mail, one of them to share, of public mail, and of a reader's own."""
    folder = tmp_path_factory.mktemp("reports")
    extract([mailbox], folder / "tables", jobs=1)
    for name in OWN:
        (folder / name).mkdir()
        extract([BOXES[name](folder / name)], folder / name / "tables", jobs=1)
    return {f"report-{name}": write_report(folder / name / "tables", folder / f"{name}.html") for name in OWN} | {
        "report": write_report(PROJECT / "data/corpora/markup", folder / "markup.html"),
        "report-hostile": write_report(folder / "tables", folder / "hostile.html"),
        "report-redacted": write_report(folder / "tables", folder / "redacted.html", redact=True),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("name", ["report", "report-hostile", "report-redacted", *(f"report-{name}" for name in OWN)])
def test_the_report_is_whole_accessible_and_as_wide_as_the_screen(
    browser: Any, log: Log, canary: Server, reports: dict[str, Path], name: str, size: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    width, height = {"desk": DESK, "phone": PHONE}[size]
    asked: list[str] = []
    # The page forbids every script, axe's too; what it forbids is tested without a bypass below.
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.on("request", lambda request: (asked.append(request.url), log.pages.append(request.url)))
    page.goto(reports[name].as_uri())
    assert asked == [reports[name].as_uri()]
    for details in page.locator("details").all():
        details.evaluate("one => one.open = true")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = false)")
    page.screenshot(path=SHOTS / f"{name}-{size}-{scheme}.png", full_page=True)
    check_harmless(page, canary)
    context.close()


def test_the_report_forbids_script_and_request_and_prints(page: Any, reports: dict[str, Path]) -> None:
    page.goto(reports["report"].as_uri())
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("() => document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/a.gif'}))")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in line for line in said)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.pdf(path=SHOTS / "report-print.pdf", format="A4")
    page.emulate_media(media="print")
    hidden = "() => [...document.querySelectorAll('.card li, td')].filter(one => !one.checkVisibility()).length"
    assert page.evaluate(hidden) == 0  # what is folded is on paper, and no row or sender is cut
    style = "name => getComputedStyle(document.querySelector(name))"
    assert {page.evaluate(f"{style}.breakInside", name) for name in (".card", "tr", ".bars li")} == {"avoid"}
    assert {page.evaluate(f"{style}.breakAfter", name) for name in ("h2:not(.hero h2)", "h3", "figcaption")} == {
        "avoid"
    }


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_page_to_explore_filters_sorts_and_opens(
    browser: Any, log: Log, mailbox: Path, canary: Server, tmp_path: Path, size: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    extract([mailbox, BOXES["years"](tmp_path)], tmp_path / "tables", jobs=1)
    path = write_explorer(read_tables(tmp_path / "tables"), tmp_path / "explore.html")
    width, height = {"desk": DESK, "phone": PHONE}[size]
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.on("request", lambda request: log.pages.append(request.url))
    page.goto(path.as_uri())
    senders, messages = page.locator("table").all()

    def column(number: int) -> list[str]:
        return list(senders.locator(f"tbody tr:not([hidden]) td:nth-child({number})").all_inner_texts())

    names = column(1)
    senders.get_by_role("button", name="sender").click()
    assert column(1) == sorted(names, key=str.casefold)
    senders.get_by_role("button", name="messages").click()
    senders.get_by_role("button", name="messages").click()
    assert [int(n) for n in column(2)] == sorted((int(n) for n in column(2)), reverse=True)
    page.get_by_label("Show senders").fill(names[0])
    assert column(1) == [name for name in names if names[0] in name]
    first = messages.locator("details").first
    first.locator("summary").click()
    assert first.locator("li").first.is_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    check_harmless(page, canary)
    page.screenshot(path=SHOTS / f"explore-{size}.png")
    audited = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True).new_page()
    audited.goto(path.as_uri())
    found = Axe().run(audited)
    assert found.violations_count == 0, found.generate_report()


def test_the_browser_asked_this_machine_alone(log: Log) -> None:
    assert log.pages
    assert {host for host in log.hosts() if host != "localhost" and not ip_address(host).is_loopback} == set()
    assert log.elsewhere == []
