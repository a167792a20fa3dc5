"""The website, and the pages of a private study, as a browser shows them from the disk: whole, accessible, alone.

They are opened as files, without any server, so that they also work in a folder that somebody downloaded.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from test_browser import BROWSER, FLAGS, SHOTS

from pixelstudy.measure.definitions import DEFINITIONS
from pixelstudy.study.notebooks import notebook_paths
from pixelstudy.study.pages import write_pages
from pixelstudy.tables import TABLES

PROJECT = Path(__file__).resolve().parent.parent
SIZES = {"desk": (1280, 900), "phone": (400, 850)}
FINDINGS = json.loads((PROJECT / "data" / "results" / "findings.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def site() -> Path:
    """The website, made by the command that ``make site`` runs."""
    pytest.importorskip("myst_nb", reason="the packages of the website are not installed (make site)")
    made = subprocess.run(
        [sys.executable, "website/build.py"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return PROJECT / "build" / "site"


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages that a study of one's own mailbox ends with."""
    return write_pages(notebook_paths(PROJECT), tmp_path_factory.mktemp("pages"), name="all.mbox").parent


@pytest.fixture(scope="session")
def pages(request: pytest.FixtureRequest) -> dict[Path, BeautifulSoup]:
    folder: Path = request.getfixturevalue(request.param)
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in folder.rglob("*.html")}


both = pytest.mark.parametrize("pages", ["site", "private"], indirect=True)
of_site = pytest.mark.parametrize("pages", ["site"], indirect=True)


@both
def test_no_link_is_broken(pages: dict[Path, BeautifulSoup]) -> None:
    ids = {path: {one["id"] for one in page.select("[id]")} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for link in {str(one.get("href") or one.get("src")) for one in page.select("[href], [src]")}:
            target = urlsplit(link)
            if target.scheme in ("http", "https", "data", "mailto"):
                continue
            there = (path.parent / unquote(target.path)).resolve() if target.path else path
            is_there = there.is_file() and (not target.fragment or there not in ids or target.fragment in ids[there])
            if target.scheme or not is_there:
                broken.append(f"{path.name}: {link}")
    assert broken == []


@both
def test_every_figure_says_what_it_shows(pages: dict[Path, BeautifulSoup]) -> None:
    figures = [image for page in pages.values() for image in page.select("main img, article img")]
    assert len(figures) > 10
    assert [image for image in figures if len(str(image.get("alt", ""))) < 20] == []


@of_site
def test_a_notebook_is_a_page_with_its_code_folded_and_its_files_to_download(pages: dict[Path, BeautifulSoup]) -> None:
    shown = {path.stem: page for path, page in pages.items() if path.parent.name == "notebooks"}
    assert set(shown) == {path.stem for path in notebook_paths(PROJECT)}
    for name, page in shown.items():
        assert page.select("details")
        assert not page.select("details[open]")
        files = {Path(unquote(str(link["href"]))).name for link in page.select("a.download")}
        assert f"{name}.ipynb" in files
        assert any(file.endswith(".csv") for file in files)


@of_site
def test_every_definition_has_a_mail_that_it_counts_and_one_that_it_does_not(pages: dict[Path, BeautifulSoup]) -> None:
    (page,) = (page for path, page in pages.items() if path.name == "definitions.html")
    sections = {str(heading.find(string=True)): heading.parent for heading in page.select("h2")}
    for definition in DEFINITIONS:
        section = sections[definition.short]
        assert section
        text = " ".join(section.text.split())
        assert f"Source: {definition.source}" in text
        assert len(section.select("pre")) == 2
        assert re.search(r"It counts .+ It does not count ", text)


@of_site
def test_the_dictionary_has_every_column(pages: dict[Path, BeautifulSoup]) -> None:
    (page,) = (page for path, page in pages.items() if path.name == "dictionary.html")
    names = [term.text for term in page.select("dt")]
    assert names == [column.name for table in TABLES for column in table.columns]
    assert not page.select("article table")


@of_site
def test_the_front_page_answers_in_a_minute(pages: dict[Path, BeautifulSoup]) -> None:
    (page,) = (page for path, page in pages.items() if path.name == "index.html" and path.parent.name == "site")
    first = " ".join(page.select("article")[0].text.split())[:1500]
    wanted = FINDINGS["02-measure-prevalence"]["mailbox"]["wanted"]
    assert f"{100 * wanted['share']:.0f} % of the wanted mail" in first
    assert f"{wanted['n_with']} of {wanted['n_messages']}" in first
    links = [link.get("href") for link in page.select("article ul")[0].select("a")]
    assert links[:2] == ["#the-finding", "notebooks/03-compare-senders.html"]
    assert links[-2:] == ["#run-it-on-your-own-mail", "docs/your-own-mail.html"]
    assert page.select_one("article img")
    assert "<!--" not in str(page.select_one("article"))


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        opened.close()


def opened(browser: Any, size: str, scheme: str, *, bypass_csp: bool = True) -> tuple[Any, list[str]]:
    """A page that is refused everything but files, and what it asked for besides.

    The private pages forbid every script, axe's too, unless that is bypassed.
    """
    width, height = SIZES[size]
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=bypass_csp)
    asked: list[str] = []

    def judge(route: Any) -> None:
        if route.request.url.startswith(("file:", "data:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", judge)
    return context.new_page(), asked


@both
@pytest.mark.parametrize(("size", "scheme"), [("desk", "light"), ("phone", "dark")])
def test_every_page_is_whole_accessible_and_asks_nobody(
    browser: Any, pages: dict[Path, BeautifulSoup], size: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, asked = opened(browser, size, scheme)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong = []
    SHOTS.mkdir(parents=True, exist_ok=True)
    for path in sorted(pages):
        page.goto(path.as_uri())
        wrong += [f"{path.name}: {one['id']}" for one in Axe().run(page).response["violations"]]
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        if page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{path.name}: wider than the screen")
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = false)")
        page.screenshot(path=SHOTS / f"{path.parent.name}-{path.stem}-{size}-{scheme}.png", full_page=True)
    assert (asked, said, wrong) == ([], [], [])
    page.context.close()


def test_a_private_page_forbids_what_it_does_not_hold(browser: Any, private: Path) -> None:
    page, asked = opened(browser, "desk", "light", bypass_csp=False)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((private / "index.html").as_uri())
    page.evaluate("() => document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/a.gif'}))")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in line for line in said)
    assert asked == []
    page.context.close()


def test_search_finds_a_page_without_a_server(browser: Any, site: Path) -> None:
    page, asked = opened(browser, "desk", "light")
    page.goto((site / "index.html").as_uri())
    page.get_by_role("search").get_by_role("textbox").fill("thunderbird")
    page.keyboard.press("Enter")
    found = page.locator("#search-results").get_by_role("link", name="Your own mail")
    found.first.wait_for()
    assert found.count() == 1
    assert asked == []
    page.context.close()
