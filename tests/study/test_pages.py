from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

from pixelstudy.errors import UserError
from pixelstudy.study.pages import write_pages

HOSTILE = """<p onclick="pwned()" class="x">seen</p><script>pwned()</script><style>@import "https://x.example"</style>
<iframe src="https://x.example" srcdoc="<script>pwned()</script>"></iframe>
<meta http-equiv="refresh" content="0;url=//x">
<img src="https://x.example/a.gif" onerror="pwned()" alt="a picture"><svg onload="pwned()"><a href="x">in svg</a></svg>
<base href="https://x.example"><form action="https://x.example"><input></form>
<link rel="stylesheet" href="https://x.example">
<a href="javascript:pwned()">one</a><a href="java\tscript:pwned()">two</a><a href=" JavaScript:pwned()">three</a>
<a href="data:text/html,pwned">four</a><a href="vbscript:pwned">five</a><a href="https://teashop.example">six</a>"""


def notebook(path: Path, *cells: Any) -> Path:
    cells = (nbformat.v4.new_markdown_cell(f"# {path.stem.title()}\n\n**What is it?**"), *cells)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


def code(source: str, **data: str) -> Any:
    output = nbformat.v4.new_output("execute_result", data={k.replace("_", "/"): v for k, v in data.items()})
    return nbformat.v4.new_code_cell(source, outputs=[output])


def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("kind", ["text_html", "text_markdown", "markdown cell"])
def test_what_could_act_is_not_on_a_page(tmp_path: Path, kind: str) -> None:
    cell = nbformat.v4.new_markdown_cell(HOSTILE) if kind == "markdown cell" else code("1", **{kind: HOSTILE})
    write_pages([notebook(tmp_path / "one.ipynb", cell)], tmp_path / "pages", name="box")
    shown = page(tmp_path / "pages" / "one.html")
    assert shown.main
    assert "seen" in shown.main.text
    assert "pwned" not in str(shown)
    assert {link.get("href") for link in shown.main.select("a")} <= {None, "https://teashop.example"}
    assert not shown.main.select("script, style, iframe, meta, svg, base, form, input, link, [onclick], [onerror]")
    assert [image.get("src") for image in shown.main.select("img")] == [None]


def test_a_page_forbids_the_browser_to_load_anything_but_what_is_in_it(tmp_path: Path) -> None:
    first = write_pages([notebook(tmp_path / "one.ipynb")], tmp_path / "pages", name="box")
    for path in (first, tmp_path / "pages" / "one.html"):
        policy = page(path).select_one("meta[http-equiv=Content-Security-Policy]")
        assert policy
        assert str(policy["content"]).startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_code_is_folded_and_what_it_shows_is_not(tmp_path: Path) -> None:
    cell = code("print('<b>')", text_html="<table><tr><th></th><th>n</th></tr></table>", text_plain="a table")
    write_pages([notebook(tmp_path / "one.ipynb", cell)], tmp_path / "pages", name="box")
    shown = page(tmp_path / "pages" / "one.html")
    (folded,) = shown.select("details")
    assert "print('<b>')" in folded.text
    assert not folded.has_attr("open")
    assert [one.name for one in shown.select("table tr > *")] == ["td", "th"]
    assert not folded.select("table")
    assert "a table" not in shown.text


def test_a_link_to_a_file_leads_there_from_the_page_and_one_to_none_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "results" / "tables").mkdir(parents=True)
    (tmp_path / "results" / "tables" / "a b.csv").write_text("")
    (tmp_path / "notebooks").mkdir()
    links = nbformat.v4.new_markdown_cell(
        "[a](../results/tables/a%20b.csv) [b](../gone.csv) [c](#part) [d](gone.csv#x)"
    )
    path = notebook(tmp_path / "notebooks" / "one.ipynb", links)
    write_pages([path], tmp_path / "deep" / "pages", name="box")
    shown = page(tmp_path / "deep" / "pages" / "one.html").select("main a")
    assert [link.get("href") for link in shown] == ["../../results/tables/a%20b.csv", None, "#part", None]


def test_no_level_of_headings_is_left_out(tmp_path: Path) -> None:
    cell = code("1", text_markdown="##### a\n\n##### b\n\n## c\n\n### d\n\n# e")
    write_pages([notebook(tmp_path / "one.ipynb", cell)], tmp_path / "pages", name="box")
    headings = page(tmp_path / "pages" / "one.html").select("main :is(h1, h2, h3, h4, h5, h6)")
    assert [one.name for one in headings] == ["h1", "h2", "h2", "h2", "h3", "h1"]


def test_pages_lead_to_one_another_and_to_the_report_that_there_is(tmp_path: Path) -> None:
    link = nbformat.v4.new_markdown_cell("[next](two.ipynb#part)")
    notebooks = [notebook(tmp_path / "one.ipynb", link), notebook(tmp_path / "two.ipynb")]
    (tmp_path / "my report.html").write_text("")
    links = {"Report": tmp_path / "my report.html", "Gone": tmp_path / "gone.html"}
    first = write_pages(notebooks, tmp_path / "pages", name="<box>", links=links)
    assert page(first).h1.text == "Spy pixels in <box>"  # type: ignore[union-attr]
    assert [item.text for item in page(first).select("main li")] == ["One: What is it?", "Two: What is it?"]
    for path in (tmp_path / "pages").glob("*.html"):
        led = [one["href"] for one in page(path).select("nav a")]
        assert led == ["index.html", "one.html", "two.html", "../my%20report.html"]
        assert [one["href"] for one in page(path).select("[aria-current]")] == [path.name]
    assert page(tmp_path / "pages" / "one.html").main.a["href"] == "two.html#part"  # type: ignore[union-attr,index]


def test_a_folder_that_cannot_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("")
    with pytest.raises(UserError, match=r"pages can't be written.*--out"):
        write_pages([notebook(tmp_path / "one.ipynb")], tmp_path / "pages", name="box")
