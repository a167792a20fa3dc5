from __future__ import annotations

import colorsys
import itertools
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from pixelstudy.figures import charts
from pixelstudy.figures.colours import COLOURS, MEANINGS, colour_of
from pixelstudy.figures.page import WIDTH_IN, figure, fitted, width_in, wrapped, write_figure
from pixelstudy.measure.comparisons import by_definition
from pixelstudy.measure.definitions import DEFINITIONS, GROUPS, Definition
from pixelstudy.measure.shares import percent
from pixelstudy.tables import RESOURCES, VERDICTS

DPI = 150
LONG = "a very long name of a sender or a vendor that nobody would have thought of " * 3
HOSTILE = "=cmd|' /C calc'!A0 $x^2$ \u202eelgoog\u202c \U0001f4a9 \x07 line\nbreak \u6f22\u5b57"
TITLE = "A title that says what is shown, and is long enough to take two lines of the page at least"


def words_on(figure: Figure) -> Iterator[tuple[str, Bbox]]:
    """Every text that a drawn figure shows, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(DPI)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that the font does not have
        canvas.draw()  # type: ignore[no-untyped-call]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            if box.width and box.height:
                yield text.get_text(), box


def hidden_ticks(figure: Figure) -> set[str]:
    return {
        label.get_text()
        for axes in figure.axes
        if not axes.axison
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels())
    }


def check_texts(figure: Figure) -> list[str]:
    """Assert that no text leaves the page and no two overlap; return the texts."""
    off = hidden_ticks(figure)
    words = [(text, box) for text, box in words_on(figure) if text not in off]
    page = figure.bbox
    for text, box in words:
        assert box.x0 >= page.x0 - 0.5, f"{text!r} leaves the page on the left"
        assert box.x1 <= page.x1 + 0.5, f"{text!r} leaves the page on the right"
        assert box.y0 >= page.y0 - 0.5, f"{text!r} leaves the page below"
        assert box.y1 <= page.y1 + 0.5, f"{text!r} leaves the page above"
    for (text, box), (other, other_box) in itertools.combinations(words, 2):
        # The box of a line is as high as its tallest letter could be: a pixel or two of it is air.
        across = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        up = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        assert across <= 1 or up <= 3, f"{text!r} and {other!r} overlap"
    return [text for text, _ in words]


def shares(n: int, *, share: float | None = None, name: str = "sender.example") -> pd.DataFrame:
    random = np.random.default_rng(n)
    values = np.full(n, share) if share is not None else random.random(n)
    return pd.DataFrame(
        {
            "name": [f"{i} {name}" for i in range(n)],
            "note": [f"{1000 * i:,} messages of {name}" for i in range(n)],
            "group": ["ours", "peer", "list"] * (n // 3) + ["ours"] * (n % 3),
            "share": values,
            "low": np.maximum(values - 0.2, 0),
            "high": np.minimum(values + 0.2, 1),
            "sender_share": np.minimum(values + 0.05, 1),
        }
    )


def refused(n: int) -> pd.DataFrame:
    return shares(n).assign(share=np.nan, low=np.nan, high=np.nan, sender_share=np.nan)


def dots(rows: pd.DataFrame, *, high: float = 1.0, two_thirds: bool = True, source: str = "Source: ours.") -> Figure:
    return charts.dot_plot(
        rows,
        label="name",
        note="note",
        group="group",
        second="sender_share",
        second_named="each sender counted once",
        named={"ours": "our definitions", "peer": "rules of published tools", "list": "published lists"},
        colours={"ours": COLOURS["blue"], "peer": COLOURS["orange"], "list": COLOURS["green"]},
        two_thirds=two_thirds,
        high=high,
        title=TITLE,
        subtitle="Share of messages, with 95 % intervals.\nBlue: ours.",
        source=source,
    )


def by_year(n_years: int, groups: tuple[str, ...] = ("loads anything", "holds a spy pixel"), **same: float) -> Figure:
    random = np.random.default_rng(n_years)
    rows = pd.DataFrame(
        [
            {"year": 1996 + i, "definition": name, "share": random.random(), "n_messages": 1000 * (i + 1)} | same
            for i in range(n_years)
            for name in groups
        ],
        columns=["year", "definition", "share", "n_messages"],
    ).assign(low=lambda t: (t["share"] - 0.1).clip(0), high=lambda t: (t["share"] + 0.1).clip(upper=1))
    palette = [colour for name, colour in COLOURS.items() if name not in ("black", "grey", "light")]
    return charts.points_by_year(
        rows,
        group="definition",
        colours=dict(zip(groups, itertools.cycle(palette), strict=False)),
        title=TITLE,
        subtitle=LONG,
        source=LONG,
    )


def curves(ends: dict[str, float]) -> Figure:
    x = [i / 10 for i in range(11)]
    palette = itertools.cycle(["blue", "orange", "sky", "purple", "green", "black", "vermilion"])
    return charts.lines(
        {
            name: (x, [v * end for v in x], [v * end * 0.9 for v in x], [v * end for v in x])
            for name, end in ends.items()
        },
        colours={name: COLOURS[next(palette)] for name in ends},
        title=TITLE,
        subtitle=LONG,
        x_label="share of newsletters in the inbox",
        y_label="share of all its mail with a spy pixel",
        source="Source: ours.",
        banded=next(iter(ends), ""),
    )


def tally(numbers: list[int], name: str = "bulk mailer") -> Figure:
    rows = pd.DataFrame({"name": [f"{name} {i}" for i in range(len(numbers))], "n": numbers})
    return charts.bars(rows, label="name", value="n", title=TITLE, subtitle="Messages.", source=LONG)


def squares(parts: dict[str, float]) -> Figure:
    palette = [COLOURS[name] for name in ("vermilion", "orange", "sky", "light", "green")]
    return charts.waffle(
        parts, colours=dict(zip(parts, palette, strict=False)), title="Of 100", subtitle=LONG, source="Source: ours."
    )


def depths(**values: list[float]) -> Figure:
    return charts.histogram(
        {name: pd.Series(each, dtype=float) for name, each in values.items()},
        colours=dict.fromkeys(values, COLOURS["sky"]),
        title=TITLE,
        subtitle="Place in the markup.",
        source="Source: ours.",
        left="first byte",
        right="last byte",
    )


def strips(places: dict[str, list[float]]) -> Figure:
    colours = dict.fromkeys(places, COLOURS["sky"])
    return charts.strip(places, colours=colours, title=TITLE, left="top of the mail", right="its end")


def page(n_pixels: int, text: str = "1 x 1. The same address for all: how many times the mail was opened.") -> Figure:
    names = itertools.cycle(["orange", "vermilion"])
    return charts.anatomy(
        [("image", "logo", 60), ("heading", text, 40), ("image", "a picture of a tea garden", 300), ("text", "", 60)],
        [(f"spy pixel {i} {text[:9]}", text, next(names)) for i in range(n_pixels)],
        page_px=600,
        title=TITLE,
        subtitle="A newsletter drawn as a page.",
        source="Source: ours.",
    )


def heat(n_rows: int, n_columns: int, name: str = "sender.example", most: int = 120) -> Figure:
    random = np.random.default_rng(n_rows + n_columns)
    cells = pd.DataFrame(
        [
            {"sender": f"{i} {name}", "year": 2026 - n_columns + j, "n_messages": int(n), "n_with": int(n // 3)}
            for i in range(n_rows)
            for j, n in enumerate(random.integers(0, most, n_columns))
        ],
        columns=["sender", "year", "n_messages", "n_with"],
    )
    share = (cells["n_with"] / cells["n_messages"]).where(cells["n_messages"] >= 8)
    return charts.heat_map(
        cells.assign(share=share), rows="sender", columns="year", title=TITLE, subtitle=LONG, source=LONG
    )


def upright(names: list[str]) -> Figure:
    cells = pd.DataFrame({"sender": "shop.example", "vendor": names, "n_messages": 90, "n_with": 30, "share": 1 / 3})
    return charts.heat_map(cells, rows="sender", columns="vendor", short="n_with", high=0.4, title=TITLE)


FIGURES: dict[str, Callable[[], Figure]] = {
    "heat": lambda: heat(20, 8),
    "heat, two years": lambda: heat(3, 2),
    "heat, fifteen years": lambda: heat(20, 15),
    "heat, millions": lambda: heat(4, 15, most=4_000_000),
    "heat, one cell": lambda: heat(1, 1),
    "heat, no cell": lambda: heat(0, 0),
    "heat, long names": lambda: heat(5, 6, LONG),
    "heat, hostile names": lambda: heat(5, 6, HOSTILE),
    "heat, upright heads": lambda: upright([f"{i} {'Vendor of mail ' * (i % 4)}" for i in range(12)]),
    "heat, hostile heads": lambda: upright([LONG, HOSTILE, "x" * 300]),
    "dots": lambda: dots(shares(7)),
    "dots, one row": lambda: dots(shares(1)),
    "dots, no row": lambda: dots(shares(0)),
    "dots, thirty rows": lambda: dots(shares(30)),
    "dots, long names": lambda: dots(shares(5, name=LONG), source=LONG),
    "dots, hostile names": lambda: dots(shares(3, name=HOSTILE), source=HOSTILE),
    "dots, one long word": lambda: dots(shares(2, name="x" * 300), source="x" * 300),
    "dots, all 0": lambda: dots(shares(3, share=0.0)),
    "dots, all 1": lambda: dots(shares(3, share=1.0)),
    "dots, all refused": lambda: dots(refused(3)),
    "dots, some refused": lambda: dots(pd.concat([shares(2), refused(2)], ignore_index=True)),
    "dots, a short axis": lambda: dots(shares(4, share=0.04), high=0.2),
    "dots, a middling axis": lambda: dots(shares(4, share=0.3), high=0.5),
    "dots, plain": lambda: charts.dot_plot(shares(4), label="name", title="A title"),
    "bars": lambda: tally([225, 42, 14]),
    "bars, one": lambda: tally([1]),
    "bars, none": lambda: tally([]),
    "bars, all 0": lambda: tally([0, 0]),
    "bars, millions": lambda: tally([12_345_678, 1]),
    "bars, thirty": lambda: tally(list(range(30))),
    "bars, long names": lambda: tally([9, 3], LONG),
    "bars, hostile names": lambda: tally([9, 3], HOSTILE),
    "waffle": lambda: squares({"spy pixel": 0.945, "no spy pixel, but a counter": 0.02, "nothing": 0.035}),
    "waffle, one part": lambda: squares({"spy pixel": 1.0, "nothing": 0.0}),
    "waffle, of nothing": lambda: squares({"spy pixel": float("nan"), "nothing": float("nan")}),
    "waffle, long names": lambda: squares({LONG: 0.5, LONG + "too": 0.3, HOSTILE: 0.2}),
    "histogram": lambda: depths(spy=[0.99, 0.98, 0.5], seen=[0.1, 0.2, 0.9]),
    "histogram, of nothing": lambda: depths(spy=[], seen=[]),
    "histogram, a full last bin": lambda: depths(**{LONG: [1.0] * 9, "seen": [0.0] * 9, "other": [0.5] * 3}),
    "years, two": lambda: by_year(2),
    "years, one": lambda: by_year(1),
    "years, none": lambda: by_year(0),
    "years, eight": lambda: by_year(8),
    "years, thirty": lambda: by_year(30),
    "years, all 1": lambda: by_year(5, share=1.0),
    "years, all 0": lambda: by_year(5, share=0.0),
    "years, millions of messages": lambda: by_year(9, n_messages=12_345_678),
    "years, three groups": lambda: by_year(4, ("received", "spam", "lists"), share=0.5),
    "years, long names": lambda: by_year(3, (LONG, HOSTILE), share=0.5),
    "lines": lambda: curves({"spy pixel": 0.93, "Trocker": 0.79, "FairEmail": 0.52, "address leak": 0.0}),
    "lines, all alike": lambda: curves({f"definition {i}": 0.95 for i in range(7)}),
    "lines, all 1": lambda: curves({f"definition {i}": 1.0 for i in range(7)}),
    "lines, all 0": lambda: curves({f"definition {i}": 0.0 for i in range(7)}),
    "lines, one": lambda: curves({LONG: 0.5}),
    "lines, hostile name": lambda: curves({HOSTILE: 0.5, LONG: 0.51}),
    "strip": lambda: strips({"spy pixel": [0.99], "content": [0.0, 0.5, 1.0]}),
    "strip, none": lambda: strips({}),
    "strip, long names": lambda: strips({LONG: [0.5] * 999, HOSTILE: [0.0]}),
    "anatomy": lambda: page(2),
    "anatomy, one": lambda: page(1),
    "anatomy, none": lambda: page(0),
    "anatomy, many": lambda: page(8),
    "anatomy, long": lambda: page(3, LONG),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_page_and_no_two_overlap(name: str) -> None:
    drawn = FIGURES[name]()
    texts = check_texts(drawn)
    assert texts
    assert drawn.get_figwidth() == WIDTH_IN


def test_the_check_itself_sees_overlap_and_texts_off_the_page() -> None:
    drawn, axes = figure("A title")
    axes.axis("off")
    axes.text(0.5, 0.5, "one")
    axes.text(0.51, 0.5, "two")
    with pytest.raises(AssertionError, match=r"'one' and 'two' overlap"):
        check_texts(drawn)
    drawn, axes = figure("A title")
    axes.axis("off")
    axes.text(0.99, 0.5, "much too long for its place")
    with pytest.raises(AssertionError, match="on the right"):
        check_texts(drawn)


@pytest.mark.parametrize("name", FIGURES)
def test_every_colour_is_okabe_and_itos_or_a_grey(name: str) -> None:
    named = {to_rgb(colour) for colour in COLOURS.values()}
    for artist in FIGURES[name]().findobj():
        for getter in ("get_color", "get_facecolor", "get_edgecolor", "get_markerfacecolor", "get_markeredgecolor"):
            given = getattr(artist, getter, lambda: "none")()
            for colour in np.atleast_2d(np.array(given)) if isinstance(given, np.ndarray) else [given]:
                if isinstance(colour, str) and colour in ("none", "auto"):
                    continue
                rgb = to_rgb(tuple(colour) if not isinstance(colour, str) else colour)
                saturation = colorsys.rgb_to_hsv(*rgb)[1]
                assert saturation < 0.05 or rgb in named, f"{artist} has {rgb}"


def test_colours_are_those_that_okabe_and_ito_published() -> None:
    published = ["#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"]
    assert list(COLOURS.values())[:8] == published


@pytest.mark.parametrize("suffix", ["png", "svg"])
@pytest.mark.slow
def test_a_figure_is_written_with_the_same_bytes_twice(suffix: str, tmp_path: Path) -> None:
    for name in ("dots", "years, eight", "waffle", "anatomy"):
        paths = [tmp_path / f"{i}.{suffix}" for i in range(3)]
        write_figure(drawn := FIGURES[name](), paths[0], alt="Alt.")
        write_figure(drawn, paths[1], alt="Alt.")
        write_figure(FIGURES[name](), paths[2], alt="Alt.")
        assert len({path.read_bytes() for path in paths}) == 1, name


def test_a_written_figure_carries_its_alt_text_and_neither_date_nor_address(tmp_path: Path) -> None:
    write_figure(FIGURES["dots"](), tmp_path / "a.svg", alt="Seven dots.")
    write_figure(FIGURES["dots"](), tmp_path / "a.png", alt="Seven dots.")
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "Seven dots." in svg
    assert "<dc:date>" not in svg
    assert b"Seven dots." in (tmp_path / "a.png").read_bytes()


def test_charts_draw_without_pyplot_or_a_display() -> None:
    code = (
        "import sys, pandas as pd; from pixelstudy.figures import charts;"
        "charts.bars(pd.DataFrame({'a': ['b'], 'n': [1]}), label='a', value='n', title='t');"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_dots_show_every_name_and_share_and_say_where_there_is_too_little() -> None:
    rows = pd.concat([shares(2, share=0.945), refused(1).assign(name="small.example")], ignore_index=True)
    texts = check_texts(dots(rows))
    assert {"0 sender.example", "1 sender.example", "small.example", "too few to say"} <= set(texts)
    assert texts.count(percent(0.945)) == 2
    assert any("two thirds" in text for text in texts)


def test_every_definition_has_a_dot_in_the_colour_of_its_group_one_that_is_added_too() -> None:
    added = Definition(
        "wide", "Wide", "600 px wide", lambda r: r["declared_width"] == "600", group="peer", source="this test"
    )
    resources = pd.DataFrame("", index=range(40), columns=list(RESOURCES.names)).assign(
        message_key=[str(i % 40) for i in range(40)], declared_width="600", n_repeats=1
    )
    messages = pd.DataFrame(
        {"message_key": [str(i) for i in range(60)], "sender_site": [str(i % 9) for i in range(60)]}
    )
    rows = by_definition(messages, resources, definitions=[*DEFINITIONS, added])
    drawn = charts.dot_plot(
        rows, label="short", note="title", group="group", colours=charts.GROUP_COLOURS, named=GROUPS, title=TITLE
    )
    texts = check_texts(drawn)
    assert {"Wide", "600 px wide", *(definition.short for definition in DEFINITIONS), *GROUPS.values()} <= set(texts)
    (y,) = rows.index[rows["name"] == "wide"]
    assert [
        line.get_color()
        for line in drawn.axes[0].lines
        if line.get_marker() == "o" and line.get_ydata()[0] == len(rows) - 1 - y  # type: ignore[index]
    ] == [charts.GROUP_COLOURS["peer"]]


def test_two_thirds_is_left_out_where_the_axis_ends_before() -> None:
    assert not any("two thirds" in text for text in check_texts(dots(shares(2, share=0.1), high=0.3)))


def test_dots_are_at_their_shares_with_the_first_row_on_top() -> None:
    drawn = charts.dot_plot(shares(2).assign(share=[0.9, 0.1]), label="name", title="A title")
    dots_at = {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))  # type: ignore[arg-type, index]
        for line in drawn.axes[0].lines
        if line.get_marker() == "o"
    }
    assert dots_at == {(0.9, 1.0), (0.1, 0.0)}


def test_years_say_n_where_there_is_room_and_only_some_years_where_there_is_none() -> None:
    texts = check_texts(by_year(8))
    assert {"n =", "1996", "1,000", "2003", "8,000"} <= set(texts)
    texts = check_texts(by_year(30))
    assert "1996" in texts
    assert not {"1997", "n ="} & set(texts)


def test_years_have_points_and_intervals_and_no_line_through_them() -> None:
    for line in by_year(5).axes[0].lines:
        x = np.asarray(line.get_xdata(), dtype=float)
        assert len(set(x)) == 1 or line.get_color() == COLOURS["light"]


def test_a_gap_between_years_is_as_wide_as_it_was_long_and_one_population_has_a_line() -> None:
    rows = pd.DataFrame({"year": [2002, 2009, 2010], "share": [0.004, 0.002, 0.003], "n_messages": 900, "who": "same"})
    drawn = charts.points_by_year(
        rows.assign(low=0.0, high=0.02),
        group="who",
        colours={"same": COLOURS["blue"]},
        joined=["same"],
        high=0.01,
        title=TITLE,
        subtitle=LONG,
        source=LONG,
    )
    assert {"0.40", "2002", "2009", "1.0 %"} <= set(check_texts(drawn))
    line = next(line for line in drawn.axes[0].lines if len(line.get_xdata()) == 3)
    assert list(line.get_xdata()) == [2002, 2009, 2010]
    assert max(np.max(line.get_ydata()) for line in drawn.axes[0].lines) == 0.01, "no interval leaves the axis"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"a": 2 / 3, "b": 1 / 3}, [67, 33]),
        ({"a": 0.945, "b": 0.0275, "c": 0.0275}, [94, 3, 3]),
        ({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, [33, 34, 33]),
        ({"a": 0.004, "b": 0.996}, [0, 100]),
        ({"a": 0.29, "b": 0.71}, [29, 71]),
        ({"a": 1.0}, [100]),
        ({"a": 0.0, "b": 0.0, "c": 1.0}, [0, 0, 100]),
    ],
)
def test_parts_of_a_hundred_add_up_and_the_first_is_rounded(parts: dict[str, float], expected: list[int]) -> None:
    assert list(charts.hundred(parts).values()) == expected


def test_parts_of_no_mail_are_none_of_a_hundred() -> None:
    assert charts.hundred({"a": float("nan"), "b": float("nan")}) == {"a": 0, "b": 0}


def test_a_waffle_has_a_hundred_squares_and_a_key_of_what_is_there() -> None:
    drawn = squares({"spy pixel": 0.945, "counter": 0.0, "nothing": 0.055})
    assert len(drawn.axes[0].patches) == 100 + 2
    assert {"spy pixel", "nothing"} <= set(check_texts(drawn))
    assert "counter" not in check_texts(drawn)


def test_text_is_cut_to_where_it_fits_and_no_shorter() -> None:
    cut = fitted("word " * 100, 2.0, 9)
    assert cut.endswith("…")
    assert 1.8 < width_in(cut, 9) <= 2.0
    assert fitted("short", 2.0, 9) == "short"
    assert fitted("two\nlines\tof text", 5, 9) == "two lines of text"
    assert fitted("$x^2$ and $5", 5, 9) == "$x^2$ and $5"


def test_what_could_turn_or_break_a_line_is_not_drawn() -> None:
    assert fitted("a\u202eb\u200bc\x07d", 5, 9) == "abcd"
    assert fitted("\u6f22\U0001f4a9 é", 5, 9) == "?? é"


def test_lines_of_text_are_filled_and_keep_every_word() -> None:
    lines = wrapped("one two three four five six seven", 1.0, 9)
    assert " ".join(lines) == "one two three four five six seven"
    assert all(width_in(line, 9) <= 1.0 for line in lines)
    assert len(lines) == 3
    assert wrapped("", 1.0, 9) == []
    assert not any(
        line.startswith("%") for width in range(5, 30) for line in wrapped("from 12 % to 96 %, of 7 %", width / 10, 9)
    )


@pytest.mark.parametrize("value", ["none", LONG, HOSTILE])
def test_shifts_have_a_row_for_each_value_and_a_line_where_nothing_is_changed(value: str) -> None:
    rows = pd.DataFrame(
        [("", "as it is", 0.7), ("rules", value, 0.5), ("rules", "some", 0.6), ("senders", "each once", float("nan"))],
        columns=["knob", "value", "share"],
    ).assign(mail="letters", low=0.4, high=0.8)
    drawn = charts.shifts(rows, colours={"letters": COLOURS["blue"]}, title=TITLE)
    texts = check_texts(drawn)
    assert {"rules", "some", "senders", "each once", "letters", "100 %"} <= set(texts)
    lines = [line for line in drawn.axes[0].lines if line.get_linestyle() == "--"]
    assert [list(map(float, line.get_xdata())) for line in lines] == [[0.7, 0.7]]
    dots = [float(line.get_xdata()[0]) for line in drawn.axes[0].lines if line.get_marker() == "o"]
    assert dots == [0.5, 0.6], "what was refused has no dot"


def test_shifts_of_mail_without_a_share_still_name_their_rows() -> None:
    rows = pd.DataFrame({"knob": ["", "rules"], "value": ["as it is", "none"], "mail": "letters"})
    rows = rows.assign(share=float("nan"), low=float("nan"), high=float("nan"))
    assert "none" in check_texts(charts.shifts(rows, colours={"letters": COLOURS["blue"]}, title=TITLE))


def test_a_cell_of_a_heat_map_without_a_share_is_grey_and_one_without_messages_is_left_out() -> None:
    cells = pd.DataFrame(
        {"s": ["a", "a", "a"], "y": [1, 2, 3], "n_messages": [9, 3, 0], "n_with": [9, 3, 0], "share": [1.0, None, None]}
    )
    drawn = charts.heat_map(cells, rows="s", columns="y", title="A title")
    texts = check_texts(drawn)
    assert {"9/9", "3/3", "too few"} <= set(texts)
    assert "0/0" not in texts
    in_cells = [patch for patch in drawn.axes[0].patches if patch.get_height() > 0.2]  # type: ignore[attr-defined]
    spy, grey = in_cells
    assert to_rgb(spy.get_facecolor()) == to_rgb(colour_of("spy_pixel"))
    assert colorsys.rgb_to_hsv(*to_rgb(grey.get_facecolor()))[1] == 0


def test_counts_that_do_not_fit_become_one_number_and_the_key_says_which() -> None:
    assert "In each cell: messages with a spy pixel / all" in check_texts(heat(3, 3))
    assert "In each cell: messages" in check_texts(heat(3, 15))
    assert "In each cell: messages with a spy pixel" in check_texts(upright([f"vendor {i}" for i in range(13)]))


def test_vermilion_is_a_spy_pixel_orange_a_counting_pixel_and_nothing_else_is() -> None:
    assert [name for name, colour in MEANINGS.items() if colour == "vermilion"] == ["spy_pixel"]
    assert [name for name, colour in MEANINGS.items() if colour == "orange"] == ["counting_pixel"]
    assert set(MEANINGS.values()) <= set(COLOURS)
    verdicts = [colour_of(verdict) for verdict in VERDICTS]
    assert len(set(verdicts)) == len(VERDICTS)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("news.xn--bcher-kva.example", "news.b\u00fccher.example"),
        ("xn--fiqs8s.example", "xn--fiqs8s.example"),  # the font has no Chinese
        ("\u65b0\u95fb.example", "xn--efvy88h.example"),
        ("xn--mgbh0fb.example", "xn--mgbh0fb.example"),  # Arabic runs from right to left
        ("xn--80ak6aa92e.example", "xn--80ak6aa92e.example"),  # Cyrillic that looks like apple.example
        ("xn--.example", "xn--.example"),
    ],
)
def test_a_host_is_drawn_in_its_own_letters_where_they_can_be_drawn_and_not_taken_for_others(
    host: str, shown: str
) -> None:
    assert fitted(host, 9, 9) == shown


def test_a_table_has_words_for_columns_and_keeps_text_from_mail_as_text() -> None:
    rows = pd.DataFrame(
        {
            "sender": ["<script>alert(1)</script>", "xn--fiqs8s.example", None],
            "n": pd.array([1234, None, 2024], dtype="Int64"),
            "share": [0.5, None, 0.041],
            "year": [2024, 2025, 2026],
        }
    )
    shown = charts.table(rows, sender="who", n="messages", share="with a spy pixel", year="last year").data
    assert "<script>" not in shown
    assert "nan" not in shown.lower() and "<NA>" not in shown
    for cell in (
        "\u4e2d\u56fd.example",
        "1,234",
        "50\u00a0%",
        "4.1\u00a0%",
        "too few",
        "2024",
        "who",
        "with a spy pixel",
        "\u2013",
    ):
        assert f">{cell}<" in shown, cell
    assert "nothing to list" in charts.table(rows.head(0), sender="who").data
