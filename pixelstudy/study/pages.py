"""The executed notebooks as pages to read in a browser, which load nothing: neither scripts, nor styles, nor pictures.

What a notebook shows is reduced to the elements and attributes of a page of text, tables and drawings, so that nothing
a mail wrote could act even if a notebook showed it as markup.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup

from pixelstudy.errors import UserError
from pixelstudy.storage.places import whole_file

__all__ = ["write_pages"]

_CELLS = """\
{% for cell in cells if cell.source.strip() %}{% if cell.cell_type == "markdown" %}{{ cell.source|markdown|safe }}
{% elif cell.cell_type == "code" %}<details><summary>Show the code</summary><pre>{{ cell.source }}</pre></details>
{% for output in cell.outputs %}{% set data = output.data or {} %}
{% if "image/png" in data %}{% set of_image = output.metadata["image/png"] or {} %}
<p><img src="data:image/png;base64,{{ data["image/png"] }}" alt="{{ of_image.alt }}" width="{{ of_image.width }}"></p>
{% elif "text/html" in data %}{{ data["text/html"]|safe }}
{% elif "text/markdown" in data %}{{ data["text/markdown"]|markdown|safe }}
{% else %}<pre>{{ output.text or data["text/plain"] or output.evalue }}</pre>
{% endif %}{% endfor %}{% endif %}{% endfor %}"""

_ELEMENTS = frozenset(
    "a abbr b bdi blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 "
    "h6 hr i img kbd li ol p pre q s small span strong sub summary sup table tbody td tfoot th thead tr ul var".split()
)
_ATTRIBUTES = frozenset("alt colspan dir height href id lang rowspan scope src start style title width".split())
_ELSEWHERE = re.compile("https?://|mailto:")
_NOTEBOOK = re.compile(r"[\w.-]+\.ipynb")


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
        bodies = {f"{path.stem}.html": _body(path, folder) for path in notebooks}
        titles = {file: body.h1.get_text() if body.h1 else file for file, body in bodies.items()}
        others = {_from(folder, path): text for text, path in (links or {}).items() if path.exists()}
        for file, body in (bodies | {"index.html": _contents(bodies, name)}).items():
            pages = {"index.html": "Contents"} | titles | others
            html = (
                _templates()
                .get_template("page.html.j2")
                .render(name=name, title=titles.get(file, ""), pages=pages, here=file, body=str(body))
            )
            with whole_file(folder / file) as written:
                written.write(html.encode())
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}; choose another folder with --out") from None
    return folder / "index.html"


def _from(folder: Path, path: Path) -> str:
    return quote(Path(os.path.relpath(path, folder)).as_posix())


def _body(path: Path, folder: Path) -> BeautifulSoup:
    """Return the cells of a notebook as harmless markup of a page in `folder`."""
    import nbformat

    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    body = BeautifulSoup(_templates().from_string(_CELLS).render(cells=notebook.cells), "html.parser")
    for element in body.find_all(lambda tag: tag.name not in _ELEMENTS):
        element.decompose()
    for element in body.find_all(True):
        element.attrs = {key: value for key, value in element.attrs.items() if key in _ATTRIBUTES}
        if link := _led(str(element.attrs.pop("href", "")), path.parent, folder):
            element["href"] = link
        if not str(element.get("src", "data:image/")).startswith("data:image/"):
            del element["src"]
    above: list[str] = []
    for heading in body.find_all(re.compile("^h[1-6]$")):  # one level below the heading above it, not three
        above = [*(level for level in above if level < heading.name), heading.name]
        heading.name = f"h{len(above)}"
    for empty in body.select("th:empty"):
        empty.name = "td"
    for table in body.find_all("table"):
        table.wrap(body.new_tag("div", attrs={"class": "scroll", "tabindex": "0"}))
    return body


def _led(link: str, source: Path, folder: Path) -> str:
    """Return where a link of a notebook in `source` leads from a page in `folder`; nothing if it may not, or can't."""
    if _ELSEWHERE.match(link):
        return link
    name, _, part = link.partition("#")
    if ":" in name:
        return ""
    if _NOTEBOOK.fullmatch(name):
        name = f"{name.removesuffix('.ipynb')}.html"
    elif name:
        there = source / unquote(name)
        if not there.exists():
            return ""
        name = _from(folder, there)
    return f"{name}#{part}" if part else name


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


@cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    markdown = MarkdownWithMath(renderer=renderer)
    templates = Environment(loader=PackageLoader("pixelstudy.study", "."), autoescape=True)
    templates.filters["markdown"] = markdown.render
    return templates
