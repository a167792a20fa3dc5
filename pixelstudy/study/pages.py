"""The executed notebooks as pages to read in a browser, which load nothing: neither scripts, nor styles, nor pictures.

nbconvert renders the cells. What it makes is then reduced to the elements and attributes that a page of text, tables
and drawings needs, so that nothing a mail wrote could act even if a notebook had shown it as markup.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag

from pixelstudy.errors import UserError
from pixelstudy.storage.places import whole_file

__all__ = ["write_pages"]

_CELLS = """\
{%- extends "basic/index.html.j2" -%}
{%- block codecell -%}{{ super() if cell.outputs or cell.source.strip() }}{%- endblock -%}
{%- block input -%}
<details><summary>Show the code</summary><pre>{{ cell.source | escape_html }}</pre></details>
{%- endblock -%}
{%- block data_javascript -%}{%- endblock -%}
{%- block data_widget_view -%}{%- endblock -%}
{%- block footer -%}{%- endblock -%}
"""

_ELEMENTS = frozenset(
    "a abbr b bdi blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 "
    "h6 hr i img kbd li ol p pre q s small span strong sub summary sup table tbody td tfoot th thead tr ul var".split()
)
_ATTRIBUTES = frozenset("alt colspan dir height href id lang rowspan scope src start style title width".split())
_LINK = re.compile(r"(?:https?|mailto):|[^:]*$")
_NOTEBOOK = re.compile(r"([\w.-]+)\.ipynb(#.*)?")


def write_pages(
    notebooks: Sequence[Path], out: str | os.PathLike[str], *, name: str, links: Mapping[str, Path] | None = None
) -> Path:
    """Write each notebook as a page into the folder `out`, and return the path of a first page that leads to all.

    Parameters
    ----------
    notebooks
        Executed notebooks, in the order of the pages.
    out
        The folder of the pages.
    name
        What the study is about; it is in the title of each page.
    links
        Other pages to lead to, each by its name, such as the report; one that does not exist is left out.

    Raises
    ------
    UserError
        When a page can't be written.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        bodies = {f"{path.stem}.html": _body(path) for path in notebooks}
        titles = {file: body.h1.get_text() if body.h1 else file for file, body in bodies.items()}
        others = {
            quote(Path(os.path.relpath(path, folder)).as_posix()): text
            for text, path in (links or {}).items()
            if path.exists()
        }
        for file, body in (bodies | {"index.html": _contents(bodies, name)}).items():
            pages = {"index.html": "Contents"} | titles | others
            html = _shell().render(name=name, title=titles.get(file, ""), pages=pages, here=file, body=str(body))
            with whole_file(folder / file) as written:
                written.write(html.encode())
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}; choose another folder with --out") from None
    return folder / "index.html"


def _body(path: Path) -> BeautifulSoup:
    """Return the cells of a notebook as harmless markup."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(raw_template=_CELLS)  # type: ignore[no-untyped-call]
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    html, _ = exporter.from_filename(str(path))
    body = BeautifulSoup(html, "html.parser")
    for element in body.find_all(lambda tag: tag.name not in _ELEMENTS):
        element.decompose()
    for element in body.find_all(True):
        _reduce(element)
    for empty in body.select("th:empty"):
        empty.name = "td"
    for table in body.find_all("table"):
        table.wrap(body.new_tag("div", attrs={"class": "scroll", "tabindex": "0"}))
    return body


def _reduce(element: Tag) -> None:
    """Leave an element the attributes that only show something, and lead from page to page, not to notebooks."""
    element.attrs = {key: value for key, value in element.attrs.items() if key in _ATTRIBUTES}
    link = str(element.attrs.pop("href", ""))
    if link and _LINK.match(link):
        element["href"] = f"{found[1]}.html{found[2] or ''}" if (found := _NOTEBOOK.fullmatch(link)) else link
    if not str(element.get("src", "data:image/")).startswith("data:image/"):
        del element["src"]


def _contents(bodies: Mapping[str, BeautifulSoup], name: str) -> BeautifulSoup:
    """Return the first page: each notebook with the question that it begins with."""
    page = BeautifulSoup("<h1></h1><ol></ol>", "html.parser")
    assert page.h1
    assert page.ol
    page.h1.string = f"Spy pixels in {name}"
    for file, body in bodies.items():
        item, link = page.new_tag("li"), page.new_tag("a", href=file)
        link.string = body.h1.get_text() if body.h1 else file
        item.append(link)
        if question := body.find("strong"):
            item.append(f": {question.get_text()}")
        page.ol.append(item)
    return page


def _shell() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("pixelstudy.study", ".")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("page.html.j2")
