"""Whether a person could see a resource: its size, and what hides it.

Size and hiding are what a browser would make of attributes, inline style and style sheets, on the element and on
everything around it. Documents of one sender share their sheets and most of their layout, so the answers are kept in
one tree of boxes for each list of sheets, and outlive the document::

    sheets ── root ── html ── body ─┬─ table.hero ── tr ── td ─┬─ img
                                    │                          └─ img style="width:1px"
                                    └─ div style="display:none" ── img

A :class:`Box` knows its styles and what hides its content. It is found from the root inwards by what is written on the
element (:class:`Markup`), which is all that it depends on: most selectors ask for tags, ids, classes and attributes.
Where one asks for siblings or positions, the document's engine is asked, and its answer becomes part of the key.
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

# How many boxes a tree may hold before it is emptied, how long the markup of each may be, and how many sizes it keeps.
_MOST_KEPT = 512
_LONGEST_KEPT = 1_024
_MOST_SIZES = 64
# How many names around an element are listed.
_MOST_AROUND = 256
# How many steps from element to element, and how many questions to its engine, a document is worth; what needs more
# stays unanswered.
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
    """What an element does to everything inside it."""

    sign: HidingSign | None = None
    """The sign that hides its content."""

    tag: str = ""
    """The tag of the element that shows the sign."""

    is_quoted: bool = False
    """Whether it is, or is in, the quotation of an earlier message."""

    @property
    def hidden_by(self) -> str | None:
        """The sign that hides its content, and the element that shows it."""
        return f"{self.sign.name} on {self.tag}" if self.sign else None

    @property
    def is_weak(self) -> bool:
        """Whether the sign hides only what states no size of its own."""
        return self.sign is not None and self.sign.is_weak


class Markup(NamedTuple):
    """What is written on an element, as far as styles can depend on it."""

    tag: str
    id: str | None
    classes: str | None
    style: str | None
    fitting: tuple[Condition, ...]
    """The conditions that its attributes meet, out of all that selectors and signs of hiding ask for."""
    answers: frozenset[str] = frozenset()
    """The selectors that match it according to the document's engine."""


@dataclass(slots=True, eq=False)
class Box:
    """What sheets and attributes make of elements with the same markup in the same surroundings."""

    markup: Markup
    """What is written on the elements."""

    outer: Box | None
    """The box of its parent."""

    names: frozenset[Ask]
    """Everything about it that selectors ask for."""

    around: frozenset[Ask] | None
    """The names of all boxes around it; nothing if there are too many."""

    depth: int
    """How many boxes it is in."""

    is_kept: bool = False
    """Whether it outlives the document."""

    styles: Styles = field(default_factory=dict)
    """The winning declarations of sheets and inline style together."""

    font_px: float = FONT_PX
    """The size of its font."""

    questions: frozenset[str] = frozenset()
    """Selectors that could match; only the document's engine can tell."""

    sign: HidingSign | None = None
    """The sign of hiding that it shows itself, not one around it."""

    surroundings: Surroundings = Surroundings()
    """What it, and all around it, do to its content."""

    sizes: dict[Sides, Visibility] = field(default_factory=dict)
    """Its size and hiding by its attributes ``width`` and ``height``, as far as they were asked for."""

    inner: dict[Markup, Box] = field(default_factory=dict)
    """The boxes in it."""


class _Tree:
    """The boxes of all documents with the same sheets."""

    def __init__(self, sheets: tuple[Sheet, ...]) -> None:
        self.rules = StyleRules(sheets)
        self.root = Box(Markup("", None, None, None, ()), None, frozenset(), frozenset(), 0, is_kept=True)
        self._n_kept = 0

    def keep(self, box: Box, outer: Box) -> None:
        """Keep one more box, after forgetting all if they are too many."""
        if self._n_kept >= _MOST_KEPT:
            self.root.inner.clear()
            self._n_kept = 0
        self._n_kept += 1
        box.is_kept = True
        outer.inner[box.markup] = box


_tree = lru_cache(maxsize=128)(_Tree)


class Layout:
    """What the styles of one document make of its elements.

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
        """Return the winning declarations of `element`, sheets and inline style together.

        Shorthands such as ``margin`` are taken apart. Where the element is hidden, and a rule for something else than
        a desktop page shows it, that rule's value counts: a responsive swap is no hiding.
        """
        return self._box(element).styles

    def surroundings(self, element: Element) -> Surroundings:
        """Return what `element` and all around it do to its content."""
        return self._box(element).surroundings

    def visibility(self, element: Element) -> Visibility:
        """Return size and hiding of `element`."""
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
        """Return the selectors that match `element`, as the document's engine says."""
        for selector in questions:
            if selector not in self._answers and len(self._answers) < _MOST_QUESTIONS:
                self._answers[selector] = frozenset(self._document.select(selector))
        return frozenset([selector for selector in questions if element in self._answers.get(selector, ())])

    def _new(self, markup: Markup, outer: Box) -> Box:
        """Return a new box, kept if its markup is short."""
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
        """Return the rules that match `box`; if only the engine can tell, the selector becomes a question."""
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
    """Return what `box` and all around it do to its content."""
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
    """Return styles with px for what depends on the font; its own size depends on that of the font around."""
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
    sight, around = size_of(sides, written, inline, box.styles, is_hidden=is_hidden), box.surroundings
    if around.sign is None:
        return sight
    stated = (sight.width_px, sight.height_px, *(parse_dimension(side or "") for side in sides))
    if around.is_weak and any(px is not None and px > _LARGEST_DOT_PX for px in stated):
        return sight
    return sight._replace(hidden_by=f"{around.sign.name} on self" if box.sign is around.sign else around.hidden_by)
