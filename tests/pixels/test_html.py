"""HTML parsing: both engines read broken markup as browsers do."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelstudy.pixels.html import Engine, TangledError, ancestors, parse

ENGINES = get_args(Engine)
each_engine = pytest.mark.parametrize("engine", ENGINES)

SOURCES = [
    ("<p><img src=a></html><img src=b>", ["a", "b"]),
    ("<table><image src=a><tr><td><img src=b></table>", ["a", "b"]),
    ('<img alt="1 > 0" src=a src=b>', ["a"]),
    ("<IMG SRC=a>", ["a"]),
    ("<head><img src=a></head><p>Hi", ["a"]),
    ("<noscript><img src=a></noscript>", ["a"]),
    ("<img src='a&#98;&amp;c'>", ["ab&c"]),
    ("<template><img src=a></template><img src=b>", ["b"]),
    ("<!-- <img src=a> --><img src=b>", ["b"]),
    ("<textarea><img src=a></textarea><title><img src=b></title>", []),
    ("<style><img src=a></style><img src=b>", ["b"]),
    ("", []),
]
CUT = [
    ("<p>Hi <img src=a", ["a"]),
    ('<p>Hi <img width="1" src="a', ["a"]),
    ("<p>Hi <img width='1' src = 'a", ["a"]),
    ('<img alt="it\'s" src="a', ["a"]),
    ("<img src=a><im", ["a"]),
    ("2 < 3", []),
    ("<!-- <img src=a", []),
]


@each_engine
@pytest.mark.parametrize(("html", "sources"), SOURCES)
def test_images_are_those_that_a_browser_would_load(html: str, sources: list[str], engine: Engine) -> None:
    assert [e.attr("src") for e in parse(html, engine=engine).select("img")] == sources


@each_engine
@pytest.mark.parametrize(("html", "sources"), CUT)
def test_a_tag_cut_off_by_the_end_is_closed(html: str, sources: list[str], engine: Engine) -> None:
    assert [e.attr("src") for e in parse(html, engine=engine).select("img")] == sources


@each_engine
def test_an_element_has_tag_attributes_text_and_parent(engine: Engine) -> None:
    (element,) = parse('<DIV><P class="a b" hidden>x<b>y</b></P></DIV>', engine=engine).select("p")
    assert (element.tag, element.attr("class"), element.attr("hidden"), element.attr("id")) == ("p", "a b", "", None)
    assert element.text == "xy"
    assert [e.tag for e in ancestors(element)] == ["div", "body", "html"]


@each_engine
def test_two_ways_to_the_same_element_give_equal_elements(engine: Engine) -> None:
    first, second = parse("<p><i></i><b></b></p>", engine=engine).select("i, b")
    assert first.parent == second.parent
    assert first != second
    assert len({first.parent, second.parent}) == 1


@each_engine
def test_a_selector_that_cannot_be_read_matches_nothing(engine: Engine) -> None:
    assert parse("<p>", engine=engine).select("p::nothing(") == []


@each_engine
def test_comments_are_in_order_and_exclude_templates(engine: Engine) -> None:
    document = parse("<!--a--><p><!--b--></p><template><!--c--></template><!--d-->", engine=engine)
    assert [c.data for c in document.comments()] == ["a", "b", "d"]
    assert getattr(document.comments()[1].parent, "tag", None) == "p"


@each_engine
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_depth_is_where_the_tag_starts(newline: str, engine: Engine) -> None:
    text = newline.join(["<p>one</p>"] * 49 + ["<img src=a alt='1'>"] + ["<p>two</p>"] * 50)
    document = parse(text, engine=engine)
    assert document.depth_share(document.select("img")[0]) == pytest.approx(0.49, abs=0.01)
    assert document.depth_share(document.select("p")[0]) == 0.0


@each_engine
def test_depth_of_a_comment_is_where_it_starts(engine: Engine) -> None:
    document = parse("<p>" + "x" * 95 + "<!--[if mso]>a<![endif]-->" + "x" * 50, engine=engine)
    assert document.depth_share(document.comments()[0]) == pytest.approx(0.56, abs=0.03)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("<img src=a> <p> </p> <table> <td> </table> <b> </b> \" ' < > = <!-- --> <a".split())))
def test_the_engines_agree_on_broken_markup(pieces: list[str]) -> None:
    fast, slow = (
        [
            (e.tag, e.attr("src"), [a.tag for a in ancestors(e)])
            for e in parse(" ".join(pieces), engine=engine).select("img")
        ]
        for engine in ENGINES
    )
    assert fast == slow


TANGLED = {
    "deep": "<div>" * 50_000,
    "deep, with implied ends": "<table><tr><td>" * 50_000,
    "fonts that every paragraph opens again": "".join(f"<font id={i}><p>" for i in range(1_000)),
    "ends that belong to nothing": "<i></b>" * 20_000,
    "attributes": "<p " + " ".join(f"a{i}" for i in range(20_000)) + ">",
    "long": "<p>x</p>" * 300_000,
}


@pytest.mark.parametrize("html", TANGLED.values(), ids=TANGLED)
def test_html_that_would_take_the_slow_engine_minutes_is_read_by_the_fast_one_only(html: str) -> None:
    with pytest.raises(TangledError, match="use --engine fast"):
        parse(html, engine="bs4")
    assert len(parse(f"{html}<img src=a>").select("img")) == 1


def test_an_ordinary_large_message_is_not_refused() -> None:
    html = "<table><tr><td><font size=2><b>x</b><br><img src=a></font></table>" * 500 + "<div>" * 700
    assert len(parse(html, engine="bs4").select("img")) == 500


@pytest.mark.parametrize(
    "page",
    [
        "".join(f"<p><font id=f{n}>" for n in range(5_000)) + "<img src=a></font><img src=b>",
        "</b>" * 5_000 + "".join(f"<li><b id=f{n}>" for n in range(5_000)) + "<img src=a><img src=b>",
        "".join(f"<body a{n}=x>" for n in range(3_000)) + "<img src=a>" + "<html>" * 1_500 + "<img src=b>",
    ],
    ids=["fonts", "items", "bodies"],
)
def test_a_tree_does_not_outgrow_its_text(page: str) -> None:
    document = parse(page)
    assert [each.attr("src") for each in document.select("img")] == ["a", "b"]
    assert len(document.select("*")) < 15_000


def test_closed_formatting_is_kept_however_much_there_is() -> None:
    page = "<p><b id=x><i>tea</i></b></p>" * 3_000 + "<font hidden>" * 100 + "<img src=a>"
    document = parse(page)
    assert len(document.select("p > b > i")) == 3_000
    assert "font" in [around.tag for around in ancestors(document.select("img")[0])]


def test_html_that_the_fast_engine_refuses_goes_to_the_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise ValueError("not this one")

    monkeypatch.setattr("pixelstudy.pixels.html.turbohtml.parse", refuse)
    assert [image.attr("src") for image in parse("<p><img src=a><img src=b").select("img")] == ["a", "b"]
    with pytest.raises(TangledError):
        parse("<div>" * 50_000)


@each_engine
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\n\n"])
def test_every_kind_of_line_end_counts_as_one_character(engine: Engine, end: str) -> None:
    text = f"<p>{end}{end}a<!--x{end}y--><!--z-->{end}"
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    document = parse(text, engine=engine)
    found = [document.depth_share(comment) * len(plain) for comment in document.comments()]
    assert found == pytest.approx([plain.find("<!--x"), plain.find("<!--z")])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_depth_refers_to_the_text_without_dropped_formatting(end: str) -> None:
    text = end.join(("<b><font>" * 5_000, "<!--a--><img>", "a"))
    document = parse(text)
    assert document.depth_share(document.select("img")[0]) == pytest.approx(9 / 16)
    assert document.depth_share(document.comments()[0]) == pytest.approx(1 / 16)


@given(st.text(alphabet="\r\nab\u00e9\U0001f375", max_size=12))
def test_line_ends_do_not_change_the_depth_of_a_tag(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n") + "<img>"
    document = parse(text + "<img>" + text)
    whole = len((text + "<img>" + text).replace("\r\n", "\n").replace("\r", "\n"))
    assert document.depth_share(document.select("img")[0]) * whole == pytest.approx(len(plain) - 5)
