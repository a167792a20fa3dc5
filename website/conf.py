"""How Sphinx makes the pages: everything is on this machine, before and after."""

import re
from datetime import date
from typing import Any

from pygments.lexers.special import TextLexer

import pixelstudy

project = "pixelstudy"
author = "The pixelstudy authors"
version = release = pixelstudy.__version__
project_copyright = f"{date.today().year}, {author}; text and figures CC BY 4.0"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["deflist", "html_image"]
smartquotes = False  # which would turn the two hyphens of an option into a dash
myst_heading_anchors = 3
nb_execution_mode = "off"  # pages show the notebooks as they were committed
nb_render_markdown_format = "myst"  # so that links in what a cell shows lead to pages and files, as those in text do
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # which myst-nb would load from elsewhere
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"

exclude_patterns = ["download"]
suppress_warnings = ["ref.python"]  # functions of two modules may have the same name

html_theme = "furo"
html_title = "pixelstudy"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_domain_indices = html_use_index = False  # one searches instead
html_show_sphinx = False
html_theme_options = {"source_repository": "", "footer_icons": []}
# Colours with enough contrast for small text, in the light and in the dark.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

_LITERAL = re.compile(r"(``?)(.*?) *\1")
_REPAIRS = (
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">'),
    ('<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer'),
    ('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">'),
    ('<div id="search-results"></div>', '<h1>Search</h1><div id="search-results"></div>'),
    ("<th></th>", "<td></td>"),
    ('<th class="head"><p></p></th>', "<td></td>"),
    # What is wider than a phone is scrolled, which the keyboard can do too.
    ('<div class="output text_html', '<div tabindex="0" class="output text_html'),
    ('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
)
"""What a reader who cannot see the page, or has no mouse, needs besides."""


def _repair(app: Any, error: Exception | None) -> None:
    for path in app.outdir.rglob("*.html"):
        before = after = path.read_text(encoding="utf-8")
        for old, new in _REPAIRS:
            after = after.replace(old, new)
        if after != before:
            path.write_text(after, encoding="utf-8")


def _without_space(app: Any, what: str, name: str, one: Any, options: Any, lines: list[str]) -> None:
    """Write ``From `` without the space at its end, which reStructuredText does not take."""
    lines[:] = [_LITERAL.sub(r"\1\2\1", line) for line in lines]


def setup(app: Any) -> None:
    """Connect to Sphinx what is particular to these pages."""
    app.add_lexer("csv", TextLexer)
    app.connect("build-finished", _repair)
    app.connect("autodoc-process-docstring", _without_space)
