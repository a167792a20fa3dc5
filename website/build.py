"""Make the study's website: lay its pages out in build/website, and let Sphinx turn them into build/site.

Nothing is fetched, and no notebook is run: the pages show the notebooks, findings and docstrings as they are.
"""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import ModuleType

import yaml
from examples import definitions_page

import pixelstudy
from pixelstudy.corpora.dictionary import data_dictionary
from pixelstudy.study.notebooks import notebook_paths
from pixelstudy.study.prose import fill, read_numbers

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
PAGES = PROJECT / "build" / "website"
SITE = PROJECT / "build" / "site"
REPOSITORY = "https://github.com/pixelstudy/pixelstudy/blob/main"

_ELSEWHERE = {"README.md": "index.md", "data/README.md": "data.md"}
"""Files of the repository whose text is on pages of another name."""

_LINK = re.compile(r'(\]\(|<img src=")([^)#"\s:]+)(#[\w-]*)?(?=[)"])')
_PART = re.compile(r"^\{\{ ([\w./-]+): (.*) \}\}$", re.MULTILINE)
_MARK = re.compile(r"<!-- (?:[\w./-]+ (?:%|\.1%|,)|/) -->")
_COLUMN = re.compile(r"^\| (`\w+`) \| (\w*) \| (\w*) \| (yes|no) \| (.*) \|$", re.MULTILINE)
_SAVED = re.compile(r'(?:save|show)_(table|figure)\(\s*"([\w-]+)"')


def main() -> int:
    """Return the exit status of Sphinx, to which a warning is an error."""
    laid = dict(pages())
    made = {PurePosixPath(name).with_suffix(".html").as_posix() for name in laid} | {"search.html"}
    gone = [path for path in PAGES.rglob("*.*") if path.relative_to(PAGES).as_posix() not in laid]
    gone += [path for path in SITE.rglob("*.html") if path.relative_to(SITE).as_posix() not in made]
    for path in gone:
        path.unlink()
    for name, content in laid.items():
        path = PAGES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:  # what did not change is not read again
            path.write_bytes(content)
    arguments = ["-W", "--keep-going", "--quiet", "-c", str(HERE), str(PAGES), str(SITE)]
    return subprocess.run([sys.executable, "-m", "sphinx", *arguments], check=False).returncode


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield each page, and each file that a page links to, by its path in the site."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.md"))}
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "data/labels/README.md", "benchmarks/README.md"):
        texts[name] = (PROJECT / name).read_text(encoding="utf-8")
    for path in sorted((PROJECT / "docs").glob("*.md")):
        texts[f"docs/{path.name}"] = path.read_text(encoding="utf-8")
    notebooks = {f"notebooks/{path.name}": path for path in notebook_paths(PROJECT)}
    site = Site({*texts, *notebooks})
    for name, text in texts.items():
        yield name, site.prose(name, text).encode()
    for name, path in notebooks.items():
        yield name, site.notebook(name, path).encode()
        yield f"download/{path.name}", path.read_bytes()
    yield "definitions.md", definitions_page().encode()
    yield "dictionary.md", _dictionary().encode()
    for name, text in reference():
        yield name, text.encode()
    for name in sorted(site.files):
        yield name, (PROJECT / name).read_bytes()


class Site:
    """What is on the site, for links and numbers to be right on each page."""

    def __init__(self, names: set[str]) -> None:
        self.names = names | {"definitions.md", "dictionary.md", "api/index.rst"}
        self.files: set[str] = set()
        """What pages link to under ``data/``, to be downloaded."""
        self.on_front = {""}
        """The sections of the README that the front page has, as parts of an address."""
        for title in re.findall(r"^## (.+)$", (HERE / "index.md").read_text(encoding="utf-8"), flags=re.MULTILINE):
            self.on_front.add(f"#{title.lower().replace(' ', '-')}")
        self.findings = read_numbers(PROJECT / "data" / "results" / "findings.json")

    def prose(self, name: str, text: str) -> str:
        """Return the text of a page, with the parts of other files that it names, today's numbers, and its links."""

        def part(match: re.Match[str]) -> str:
            source = match[1]
            *_, above = re.findall(r"^#+", text[: text.index(match[0])], flags=re.MULTILINE)
            return self._linked(name, _section(source, match[2], level=len(above)), source)

        linked = self._linked(name, text, name).replace("{{ CITATION.cff }}", _citation())
        filled = _MARK.sub("", fill(_PART.sub(part, linked), self.findings))
        return re.sub(r"(?<=\d) %", "\u00a0%", filled)

    def notebook(self, name: str, path: Path) -> str:
        """Return a notebook with its code folded, its links led to pages, and what it leaves to download."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        saved = []
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                cell["source"] = self._linked(name, source, name)
                continue
            saved += [f"figure-{table}" if kind == "figure" else table for kind, table in _SAVED.findall(source)]
            cell["metadata"].setdefault("tags", []).append("hide-input")
            for output in cell["outputs"]:
                if "text/markdown" in output.get("data", {}):
                    output["data"]["text/markdown"] = self._linked(name, "".join(output["data"]["text/markdown"]), name)
                for of_image in output.get("metadata", {}).values():
                    cell["metadata"]["mystnb"] = {"image": {"alt": of_image["alt"], "width": f"{of_image['width']}px"}}
        tables = [f"data/results/tables/{table}.csv" for table in saved]
        links = [f"- {{download}}`This notebook <../download/{path.name}>`, to run it in JupyterLab"]
        for table in tables:
            if (PROJECT / table).exists():
                self.files.add(table)
                links.append(f"- {{download}}`{PurePosixPath(table).name} <../{table}>`")
        source = "## Download\n\n" + "\n".join(links)
        notebook["cells"].append({"cell_type": "markdown", "id": "download", "metadata": {}, "source": source})
        return json.dumps(notebook)

    def _linked(self, name: str, text: str, source: str) -> str:
        """Return text from the file `source` as the page `name` shows it: each link leads to a page or a file."""

        def led(match: re.Match[str]) -> str:
            start, link, anchor = match[1], match[2], match[3] or ""
            target = posixpath.normpath(PurePosixPath(source).parent / link)
            is_gone = target == "README.md" and anchor not in self.on_front
            place = target if is_gone else _ELSEWHERE.get(target, target)
            if place not in self.names and target.startswith("data/") and (PROJECT / target).is_file():
                self.files.add(target)
            elif place not in self.names:
                return f"{start}{REPOSITORY}/{target}{anchor}"
            return start + posixpath.relpath(place, PurePosixPath(name).parent) + anchor

        return _LINK.sub(led, text)


def _dictionary() -> str:
    """Return the data dictionary as lists, since its tables are wider than a phone."""

    def listed(row: re.Match[str]) -> str:
        name, kind, unit, released, meaning = row.groups()
        parts = (kind, f"in {unit}" if unit else "", "" if released == "yes" else "not released")
        return f"{name}\n: {meaning} *({', '.join(filter(None, parts))})*\n"

    text = re.sub(r"^\|(?: column |---).*\n", "", data_dictionary(), flags=re.MULTILINE)
    return "# The data dictionary\n\n" + _COLUMN.sub(listed, text).replace("### ", "## ")


def _citation() -> str:
    """Return how to cite the study, in a line and as BibTeX."""
    cited = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = " and ".join(author["name"] for author in cited["authors"])
    title, version, url = cited["title"], cited["version"], cited["repository-code"]
    year = cited["date-released"].year
    fields = {"author": f"{{{authors}}}", "title": title, "version": version, "year": year, "url": url}
    lines = ",\n".join(f"  {field} = {{{value}}}" for field, value in fields.items())
    bibtex = f"```text\n@software{{pixelstudy,\n{lines}\n}}\n```"
    return f"{authors} ({year}). *{title}*. Version {version}. <{url}>\n\n{bibtex}"


def _section(source: str, title: str, *, level: int) -> str:
    """Return what a file has below a heading, to be put below a heading of that level."""
    parts = re.split(r"^##? (.+)\n", (PROJECT / source).read_text(encoding="utf-8"), flags=re.MULTILINE)
    below = dict(zip(parts[1::2], parts[2::2], strict=True))[title]
    return re.sub(r"^###", "#" * (level + 1), below, flags=re.MULTILINE)


def reference() -> Iterator[tuple[str, str]]:
    """Yield the pages of the library: its public names on one, and each of its public modules on one."""
    names, modules = [], []
    for name in sorted(pixelstudy.__all__):
        one = getattr(pixelstudy, name)
        if isinstance(one, ModuleType):
            modules.append(name)
        elif isinstance(one, type):
            names.append(f".. autoclass:: pixelstudy.{name}\n   :members:\n")
        else:
            names.append(f".. autofunction:: pixelstudy.{name}\n")
    toctree = "\n   ".join((".. toctree::\n", *modules))
    yield "api/index.rst", "\n".join(("The library\n===========\n\n.. automodule:: pixelstudy\n", *names, toctree))
    for name in modules:
        path = getattr(pixelstudy, name).__name__
        title = f"pixelstudy.{name}"
        options = "   :members:\n   :imported-members:\n"
        yield f"api/{name}.rst", f"{title}\n{'=' * len(title)}\n\n.. automodule:: {path}\n{options}"


if __name__ == "__main__":
    sys.exit(main())
