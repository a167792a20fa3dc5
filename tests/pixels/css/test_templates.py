"""What a template remembers is what the cascade says when it is asked of the element itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pixelstudy.pixels.css.cascade import cascade, resolve
from pixelstudy.pixels.css.sheets import parse_sheet
from pixelstudy.pixels.css.visibility import Layout
from pixelstudy.pixels.html import parse

NAMES = ("a", "b", "c")


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> str:
    tag = draw(st.sampled_from(("div", "p", "span")))
    words = [f"class='{' '.join(draw(st.lists(st.sampled_from(NAMES), max_size=2)))}'"]
    words += draw(st.lists(st.sampled_from(("id=x", "lang=en", "hidden", "style='display:block'")), max_size=2))
    inner = "".join(draw(st.lists(elements(depth - 1), max_size=2))) if depth else "<img class=a>"
    return f"<{tag} {' '.join(words)}>{inner}</{tag}>"


compounds = st.sampled_from(
    (
        *("div", "span", "img", ".a", ".b", "#x", ".a.b", "[lang=en]", "div[hidden]", "p:first-child", "*", "img.a"),
        *("[class=a]", "div[class~=b]", "[class*=c i]", "[id=x]", "p[class='a b']"),
    )
)
selectors = st.lists(compounds, min_size=1, max_size=3).flatmap(
    lambda parts: st.lists(st.sampled_from((" ", " > ", " + ")), min_size=len(parts) - 1, max_size=len(parts) - 1).map(
        lambda joints: "".join(a + b for a, b in zip(parts, (*joints, ""), strict=True))
    )
)
declarations = st.sampled_from(
    ("display:none", "width:1px", "display:block!important", "overflow:hidden", "height:0!important", "opacity:0")
)
rules = st.tuples(selectors, declarations, st.booleans()).map(
    lambda rule: f"@media (max-width: 600px) {{{rule[0]}{{{rule[1]}}}}}" if rule[2] else f"{rule[0]}{{{rule[1]}}}"
)


@settings(max_examples=300, deadline=None)
@given(st.lists(rules, min_size=1, max_size=6).map("".join), st.lists(elements(), min_size=1, max_size=2))
def test_what_is_remembered_is_what_is_asked(sheet: str, pages: list[str]) -> None:
    parsed = parse_sheet(sheet)
    for page in (*pages, *pages):  # the second time from memory
        document = parse(page)
        found = cascade(document, [parsed])
        if found is None:
            return
        layout = Layout(found)
        for element in document.select("*"):
            assert layout.styles(element) == resolve(element, found, element.attr("style")), element.tag


def test_a_template_keeps_no_document_alive_and_does_not_grow_without_end() -> None:
    sheet = parse_sheet(".a img {display: none}")
    for n in range(3):
        document = parse("".join(f"<div class='c{n}-{i}'><p class=a><img>" for i in range(400)))
        found = cascade(document, [sheet])
        assert found is not None
        layout = Layout(found)
        assert all(layout.styles(img) == {"display": "none"} for img in document.select("img"))
    template = found.template
    assert template._n_known <= 512
    assert all(spot.place.element is None for spot in template.root.inner.values())
