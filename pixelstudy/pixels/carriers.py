"""The carriers: every kind of markup that makes a mail client load something."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pixelstudy.pixels.css.declarations import parse_style, tokenize, urls_in
from pixelstudy.pixels.html import Element, ancestors

__all__ = ["CARRIERS", "Carrier", "LoadsIn", "Search", "Shows", "search"]

LoadsIn = Literal["all", "outlook", "print", "amp"]
Shows = Literal["picture", "style", "page", "nothing"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """One kind of markup that makes a client load something."""

    name: str
    """Its name in the tables: element and attribute."""

    tags: tuple[str, ...]
    """The elements; ``*`` for any."""

    attribute: str
    """The attribute that holds the address."""

    shows: Shows
    """What a person sees when it loads: a picture, a restyled message, another page, or nothing."""

    read: Callable[[str], Sequence[str]] = lambda value: (value,)
    """The function that finds addresses in the attribute's value."""

    when: Callable[[Element], bool] = lambda _element: True
    """A further condition on the element."""

    loads_in: LoadsIn = "all"
    """The clients that load it."""

    sized_by: Literal["self", "around", "picture"] = "self"
    """Which size counts: that of the element itself, of its parent, or of the ``img`` beside it."""


def _srcset(value: str) -> list[str]:
    """Return the addresses in a ``srcset``; a comma inside an address belongs to the address."""
    return re.findall(r"(?:^|,)?\s*([^\s,]\S*[^\s,])(?:\s+[\d.]+[wxh])*\s*(?=,|$)", value)


def _refresh(value: str) -> list[str]:
    found = re.match(r"\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?[\"']?([^\"'\s]+)", value, re.IGNORECASE)
    return [found[1]] if found else []


# Cheap to check, and true of any style that holds an address.
_ADDRESS_HINT = re.compile(r"url\(|src\(|image|\\", re.IGNORECASE)


def _style_urls(value: str) -> list[str]:
    return list(parse_style(value).urls) if _ADDRESS_HINT.search(value) else []


def _paint_urls(value: str) -> list[str]:
    """Return the addresses in an attribute whose value is CSS: ``url(https://…#a) red``."""
    return urls_in(tokenize(value)) if "(" in value else []


def _animation_steps(value: str) -> list[str]:
    """Return the values that an animation runs through."""
    return [each.strip() for each in value.split(";")]


def _is_drawn(element: Element) -> bool:
    """Return whether an element is part of an SVG drawing."""
    around = (node.tag for node in (element, *ancestors(element)) if node.tag in ("svg", "foreignObject"))
    return next(around, "") == "svg"


def _has_rel(*names: str) -> Callable[[Element], bool]:
    return lambda element: not set(names).isdisjoint((element.attr("rel") or "").lower().split())


def _is_refresh(element: Element) -> bool:
    return (element.attr("http-equiv") or "").strip().lower() == "refresh"


def _is_image_input(element: Element) -> bool:
    return (element.attr("type") or "").strip().lower() == "image"


def _is_in(*tags: str) -> Callable[[Element], bool]:
    return lambda element: element.parent is not None and getattr(element.parent, "tag", "") in tags


def _animates(*attributes: str, when: Callable[[Element], bool] = lambda _element: True) -> Callable[[Element], bool]:
    return lambda element: (element.attr("attributeName") or "").strip() in attributes and when(element)


_ICONS = ("icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon")
_SVG_PICTURES = ("image", "feImage", "use")
_PAINTS = ("fill", "stroke", "mask", "clip-path", "filter", "cursor", "marker-start", "marker-mid", "marker-end")
_VML = ("v:image", "v:rect", "v:roundrect", "v:shape", "v:oval", "v:background")
_VML_INNER = ("v:imagedata", "v:fill", "v:stroke")

CARRIERS = (
    Carrier("img src", ("img",), "src", "picture"),
    Carrier("img srcset", ("img",), "srcset", "picture", _srcset),
    Carrier("img lowsrc", ("img",), "lowsrc", "picture"),
    Carrier("img dynsrc", ("img",), "dynsrc", "picture"),
    Carrier("source srcset", ("source",), "srcset", "picture", _srcset, sized_by="picture"),
    Carrier("source src", ("source",), "src", "picture", when=_is_in("video"), sized_by="around"),
    Carrier("source src", ("source",), "src", "nothing", when=_is_in("audio")),
    Carrier("input src", ("input",), "src", "picture", when=_is_image_input),
    Carrier("svg image href", _SVG_PICTURES, "href", "picture"),
    Carrier("svg image xlink:href", _SVG_PICTURES, "xlink:href", "picture"),
    *(Carrier("svg paint", ("*",), name, "picture", _paint_urls, when=_is_drawn) for name in _PAINTS),
    *(
        Carrier("svg animation", ("set", "animate"), name, "picture", read, when=when, sized_by="around")
        for name in ("from", "to", "values")
        for read, when in (
            (_animation_steps, _animates("href", "xlink:href", when=_is_in(*_SVG_PICTURES))),
            (_paint_urls, _animates(*_PAINTS)),
        )
    ),
    Carrier("background", ("*",), "background", "picture"),
    Carrier("css url", ("*",), "style", "picture", _style_urls),
    Carrier("link stylesheet", ("link",), "href", "style", when=_has_rel("stylesheet")),
    Carrier("link icon", ("link",), "href", "style", when=_has_rel(*_ICONS)),
    Carrier(
        "link prefetch",
        ("link",),
        "href",
        "style",
        when=_has_rel("prefetch", "preload", "prerender", "modulepreload", "next", "manifest"),
    ),
    Carrier("link imagesrcset", ("link",), "imagesrcset", "style", _srcset, when=_has_rel("preload")),
    Carrier("link dns-prefetch", ("link",), "href", "style", when=_has_rel("dns-prefetch", "preconnect")),
    Carrier("video poster", ("video", "audio"), "poster", "picture"),
    Carrier("video src", ("video",), "src", "picture"),
    Carrier("audio src", ("audio",), "src", "nothing"),
    Carrier("track src", ("track",), "src", "nothing"),
    Carrier("bgsound src", ("bgsound",), "src", "nothing"),
    Carrier("iframe src", ("iframe",), "src", "picture"),
    Carrier("frame src", ("frame",), "src", "picture"),
    Carrier("object data", ("object",), "data", "picture"),
    Carrier("embed src", ("embed",), "src", "picture"),
    Carrier("vml src", _VML, "src", "picture", loads_in="outlook"),
    Carrier("vml src", _VML_INNER, "src", "picture", loads_in="outlook", sized_by="around"),
    Carrier("amp-img src", ("amp-img", "amp-anim", "amp-video", "amp-iframe"), "src", "picture", loads_in="amp"),
    Carrier("amp-img srcset", ("amp-img", "amp-anim"), "srcset", "picture", _srcset, loads_in="amp"),
    Carrier("amp-list src", ("amp-list", "amp-state"), "src", "nothing", loads_in="amp"),
    Carrier("amp-pixel src", ("amp-pixel",), "src", "nothing", loads_in="amp"),
    Carrier("meta refresh", ("meta",), "content", "page", _refresh, when=_is_refresh),
)
"""Every known carrier; to add one, add a line. Style sheets are searched separately, rule by rule."""

# Attributes that are common on elements that load nothing, so that the search asks for the tag instead.
_COMMON_ATTRIBUTES = frozenset({"href", "xlink:href", "content", "from", "to", "values"})


class Search(NamedTuple):
    """How to find carriers."""

    selector: str
    """A CSS selector; every carrier matches it."""

    by_tag: Mapping[str, tuple[Carrier, ...]]
    """The carriers of each tag, lower case; those of all other tags under ``*``."""

    hints: tuple[str, ...]
    """Words, lower case, shortest first; any text with a carrier contains at least one of them, or a style."""


def search(carriers: Sequence[Carrier]) -> Search:
    """Return how to find `carriers` in a document."""
    everywhere = tuple(c for c in carriers if "*" in c.tags)
    tags = {tag for c in carriers for tag in c.tags if tag != "*"}
    by_tag = {tag.lower(): tuple(c for c in carriers if tag in c.tags) + everywhere for tag in tags}
    selectors: dict[str, None] = {}
    hints: set[str] = set()
    for carrier in carriers:
        if carrier.attribute in _COMMON_ATTRIBUTES:
            selectors |= dict.fromkeys(tag.replace(":", r"\:") for tag in carrier.tags)
            hints |= {"<" + tag.lower() for tag in carrier.tags}
            continue
        is_css = carrier.read in (_style_urls, _paint_urls)
        selectors[f"[{carrier.attribute}*='(']" if is_css else f"[{carrier.attribute}]"] = None
        if carrier.when is _is_drawn:
            hints.add("<svg")
        elif carrier.attribute != "style":
            hints.add(carrier.attribute)
    shortest = [hint for hint in hints if not any(other in hint for other in hints - {hint})]
    return Search(",".join(selectors), by_tag | {"*": everywhere}, tuple(sorted(shortest, key=len)))
