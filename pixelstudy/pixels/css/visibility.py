"""Whether a person could see a resource: its size, and what hides it.

Size and hiding are worked out as a browser would, from attributes, inline style and style sheets, on the element and on
everything around it. Documents from one sender share their sheets and most of their layout, so results are cached in a
tree of boxes for each list of sheets, which outlives the document::

    sheets ── root ── html ── body ─┬─ table.hero ── tr ── td ─┬─ img
                                    │                          └─ img style="width:1px"
                                    └─ div style="display:none" ── img

A :class:`Box` holds the styles of elements and what hides their content. It is looked up from the root inwards by the
markup of each element (:class:`Markup`), on which alone it depends: most selectors ask for tags, ids, classes and
attributes. If one asks for siblings or positions, the HTML engine is asked, and its answer becomes part of the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from pixelstudy.pixels.css.declarations import parse_style
from pixelstudy.pixels.css.hiding import HidingSign, Styles, own_sign
from pixelstudy.pixels.css.lengths import FONT_PX, font_size, in_font, parse_dimension
from pixelstudy.pixels.css.rules import CITE, PlacedRule, StyleRules, cascade, may_be_swapped, swapped
from pixelstudy.pixels.css.selectors import Ask, Condition, Selector, fits, is_match
from pixelstudy.pixels.css.sheets import Sheet
from pixelstudy.pixels.css.sizes import Sides, Visibility, size_of
from pixelstudy.pixels.html import Document, Element

__all__ = ["Layout", "Surroundings", "Visibility"]

# Limits of the cache: boxes in a tree before it is emptied, characters in the markup of a box, and sizes in a box.
_MOST_KEPT = 512
_LONGEST_KEPT = 1_024
_MOST_SIZES = 64
# The most names of ancestors that are listed for an element.
_MOST_AROUND = 256
# The most steps from element to element, and the most questions to the HTML engine, for one document. Rules beyond that
# are ignored.
_MOST_STEPS = 200_000
_MOST_QUESTIONS = 100
_LARGEST_DOT_PX = 3.0
_QUOTES = ("blockquote", "div")
_QUOTE_CLASSES = (
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "moz-forward-container",
    "protonmail_quote",
    "zmail_extra",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How an element, with everything around it, hides and quotes its content."""

    sign: HidingSign | None = None
    """The sign that hides the content."""

    tag: str = ""
    """The tag of the element that has the sign."""

    is_quoted: bool = False
    """Whether the content is part of a quoted message."""

    @property
    def hidden_by(self) -> str | None:
        """The sign that hides the content, and the element that has it."""
        return f"{self.sign.name} on {self.tag}" if self.sign else None

    @property
    def is_weak(self) -> bool:
        """Whether the sign does not hide images that declare a visible size."""
        return self.sign is not None and self.sign.is_weak


class Markup(NamedTuple):
    """The markup of an element, as far as styles can depend on it."""

    tag: str
    id: str | None
    classes: str | None
    style: str | None
    fitting: tuple[Condition, ...]
    """Those conditions of selectors and hiding signs that its attributes meet."""
    answers: frozenset[str] = frozenset()
    """The selectors that match it according to the HTML engine."""


@dataclass(slots=True, eq=False)
class Box:
    """The styles and hiding of elements with the same markup in the same surroundings."""

    markup: Markup
    """The markup of the elements."""

    outer: Box | None
    """The box of the parent."""

    names: frozenset[Ask]
    """Everything about the elements that a selector could require."""

    around: frozenset[Ask] | None
    """The names of all boxes around this one; ``None`` if there are too many."""

    depth: int
    """How many boxes are around this one."""

    is_kept: bool = False
    """Whether it outlives the document."""

    styles: Styles = field(default_factory=dict)
    """The winning declarations of sheets and inline style together."""

    font_px: float = FONT_PX
    """The font size."""

    questions: frozenset[str] = frozenset()
    """Selectors that may match, which only the HTML engine can tell."""

    sign: HidingSign | None = None
    """The hiding sign of the elements themselves, not of anything around them."""

    surroundings: Surroundings = Surroundings()
    """How the elements, with everything around them, hide and quote their content."""

    sizes: dict[Sides, Visibility] = field(default_factory=dict)
    """The size and hiding for each pair of ``width`` and ``height`` attributes seen so far."""

    inner: dict[Markup, Box] = field(default_factory=dict)
    """The boxes inside this one."""


class _Tree:
    """The boxes of all documents with the same sheets."""

    def __init__(self, sheets: tuple[Sheet, ...]) -> None:
        self.rules = StyleRules(sheets)
        self.root = Box(Markup("", None, None, None, ()), None, frozenset(), frozenset(), 0, is_kept=True)
        self._n_kept = 0

    def keep(self, box: Box, outer: Box) -> None:
        """Keep one more box; if there are too many, drop all others first."""
        if self._n_kept >= _MOST_KEPT:
            self.root.inner.clear()
            self._n_kept = 0
        self._n_kept += 1
        box.is_kept = True
        outer.inner[box.markup] = box


_tree = lru_cache(maxsize=128)(_Tree)


class Layout:
    """The size and hiding of the elements in one document.

    Parameters
    ----------
    document
        The document.
    sheets
        Its sheets, in document order.

    Examples
    --------
    >>> from pixelstudy.pixels.html import parse
    >>> from pixelstudy.pixels.css.sheets import parse_sheet
    >>> document = parse("<p class=a><img width=1 height=1></p>")
    >>> layout = Layout(document, [parse_sheet(".a {display: none}")])
    >>> layout.visibility(document.select("img")[0]).hidden_by
    'display:none on p'
    """

    def __init__(self, document: Document, sheets: Iterable[Sheet] = ()) -> None:
        self._document = document
        self._tree = _tree(tuple([sheet for sheet in sheets if sheet.rules]))
        self._boxes: dict[Any, Box] = {None: self._tree.root}
        self._answers: dict[str, frozenset[Element]] = {}
        self._n_steps = 0

    def styles(self, element: Element) -> Styles:
        """Return the winning declarations of `element`, from sheets and inline style together.

        Shorthands such as ``margin`` are expanded. If a rule for another page than the desktop shows a hidden element,
        the values of that rule count: a responsive swap does not hide.
        """
        return self._box(element).styles

    def surroundings(self, element: Element) -> Surroundings:
        """Return how `element`, with everything around it, hides and quotes its content."""
        return self._box(element).surroundings

    def visibility(self, element: Element) -> Visibility:
        """Return the size and hiding of `element`."""
        box = self._box(element)
        sides = element.attr("width"), element.attr("height")
        found = box.sizes.get(sides)
        if found is None:
            found = _visibility(box, sides)
            if len(box.sizes) < _MOST_SIZES:
                box.sizes[sides] = found
        return found

    def _box(self, element: Element) -> Box:
        boxes = self._boxes
        if (known := boxes.get(element)) is not None:
            return known
        path: list[Element] = []
        node: Element | None = element
        while (box := boxes.get(node)) is None:
            if not getattr(node, "tag", None):  # the document itself, or the content of a template
                box = boxes[node] = boxes[None]
                break
            path.append(node)  # type: ignore[arg-type]
            node = node.parent  # type: ignore[union-attr]
        for inner in reversed(path):
            box = boxes[inner] = self._inside(inner, box)
        return box

    def _inside(self, element: Element, outer: Box) -> Box:
        """Return the box of `element`, given that of its parent."""
        attr, tag, rules = element.attr, element.tag, self._tree.rules
        fitting = tuple([each for each in rules.asked_of(tag) if fits(attr(each.name), each)])
        if rules.is_empty:
            markup = Markup(tag, None, attr("class") if tag in _QUOTES else None, attr("style"), fitting)
        else:
            markup = Markup(tag, attr("id"), attr("class"), attr("style"), fitting)
        box = outer.inner.get(markup) or self._new(markup, outer)
        while box.questions and (more := self._answered(element, box.questions - markup.answers)):
            markup = markup._replace(answers=markup.answers | more)
            box = outer.inner.get(markup) or self._new(markup, outer)
        return box

    def _answered(self, element: Element, questions: Iterable[str]) -> frozenset[str]:
        """Return those of `questions` that match `element` according to the HTML engine."""
        for selector in questions:
            if selector not in self._answers and len(self._answers) < _MOST_QUESTIONS:
                self._answers[selector] = frozenset(self._document.select(selector))
        return frozenset([selector for selector in questions if element in self._answers.get(selector, ())])

    def _new(self, markup: Markup, outer: Box) -> Box:
        """Return a new box; keep it if its markup is short."""
        rules = self._tree.rules
        box = Box(markup, outer if outer.depth else None, _names(markup), _around(outer), outer.depth + 1)
        inline = parse_style(markup.style).longhands if markup.style else ()
        styles = cascade(self._matched(box, rules.candidates(box)), inline)
        if may_be_swapped(styles):
            styles = swapped(styles, cascade(self._matched(box, rules.candidates(box, is_here=False))))
        box.font_px = font_size(styles.get("font-size"), outer.font_px)
        box.styles = styles = _in_font(styles, box.font_px, outer.font_px)
        box.sign = own_sign(markup.tag, styles, markup.fitting)
        box.surroundings = _surroundings(box, outer.surroundings)
        if not outer.is_kept:
            outer.inner[markup] = box
        elif self._n_steps <= _MOST_STEPS and sum(len(text) for text in markup[1:4] if text) <= _LONGEST_KEPT:
            self._tree.keep(box, outer)
        return box

    def _matched(self, box: Box, candidates: Iterable[PlacedRule]) -> list[PlacedRule]:
        """Return the rules that match `box`; a selector that only the HTML engine can match becomes a question."""
        matched = []
        questions = []
        for rule in candidates:
            selector: Selector = rule.selector
            self._n_steps += 1 if len(selector.compounds) == 1 else box.depth
            if self._n_steps > _MOST_STEPS:
                break
            if selector.needs_engine:
                questions.append(selector.text)
            if selector.text in box.markup.answers if selector.needs_engine else is_match(selector, box):
                matched.append(rule)
        box.questions = box.questions.union(questions) if questions else box.questions
        return matched


def _names(markup: Markup) -> frozenset[Ask]:
    identity = ["#" + markup.id] if markup.id else []
    classes = ["." + name for name in markup.classes.split()] if markup.classes else []
    return frozenset([markup.tag.lower(), *identity, *classes, *markup.fitting])


def _around(outer: Box) -> frozenset[Ask] | None:
    if outer.around is None or len(outer.around) > _MOST_AROUND:
        return None
    return outer.around if outer.names <= outer.around else outer.around | outer.names


def _surroundings(box: Box, outside: Surroundings) -> Surroundings:
    """Return how `box`, given the surroundings outside it, hides and quotes its content."""
    inside = outside
    if outside.sign and not outside.is_weak:
        if outside.sign.undone_by and outside.sign.undone_by(box.markup.tag, box.styles):
            inside = Surroundings(is_quoted=outside.is_quoted)
    elif box.sign:
        inside = Surroundings(box.sign, box.markup.tag, outside.is_quoted)
    if not inside.is_quoted and box.markup.tag in _QUOTES and _is_quote(box.markup):
        inside = replace(inside, is_quoted=True)
    return inside


def _in_font(styles: dict[str, str], font_px: float, outer_px: float) -> dict[str, str]:
    """Return styles with font-relative lengths in px; ``font-size`` itself is relative to the font outside."""
    if font_px == outer_px == FONT_PX:
        return styles
    return {name: in_font(value, outer_px if name == "font-size" else font_px) for name, value in styles.items()}


def _is_quote(markup: Markup) -> bool:
    classes = markup.classes or ""
    if markup.tag == "blockquote":
        return CITE in markup.fitting or "quote" in classes
    return any(name in classes for name in _QUOTE_CLASSES)


def _visibility(box: Box, sides: Sides) -> Visibility:
    written = cascade((), parse_style(box.markup.style).longhands) if box.markup.style else {}
    inline = _in_font(written, box.font_px, box.outer.font_px if box.outer else FONT_PX)
    is_hidden = any(condition.name == "hidden" for condition in box.markup.fitting)
    sized, around = size_of(sides, written, inline, box.styles, is_hidden=is_hidden), box.surroundings
    if around.sign is None:
        return sized
    stated = (sized.width_px, sized.height_px, *(parse_dimension(side or "") for side in sides))
    if around.is_weak and any(px is not None and px > _LARGEST_DOT_PX for px in stated):
        return sized
    return sized._replace(hidden_by=f"{around.sign.name} on self" if box.sign is around.sign else around.hidden_by)
