"""The sample to be labelled: drawn by rule, weighed, and cut in halves that share no message."""

import pandas as pd

from pixelstudy.labels import COLUMNS, draw_sample, half_of, shape_of, snippet, write_labels
from pixelstudy.study import open_study


def sample():
    study = open_study("released")
    return study, draw_sample(study.messages, study.resources)


def test_the_same_tables_give_the_same_sample_of_eight_hundred_or_more():
    study, drawn = sample()
    assert len(drawn) >= 800
    assert drawn.equals(draw_sample(study.messages, study.resources))
    assert not drawn.duplicated(["message_key", "position"]).any()


def test_the_weights_of_the_strata_add_up_to_what_they_stand_for():
    study, drawn = sample()
    strata, whole = drawn[drawn["part"] == "strata"], drawn[drawn["part"] == "whole"]
    assert round(strata["weight"].sum()) == len(study.resources) - len(whole)


def test_every_resource_of_a_message_drawn_whole_is_there():
    study, drawn = sample()
    whole = drawn[drawn["part"] == "whole"]
    assert len(whole) == study.resources["message_key"].isin(whole["message_key"]).sum()


def test_no_message_is_in_both_halves():
    _, drawn = sample()
    assert (drawn.groupby("message_key")["half"].nunique() == 1).all()
    assert drawn["half"].value_counts(normalize=True).min() > 0.35
    assert half_of("0" * 16) == half_of("0" * 16)


def test_a_shape_says_what_a_resource_looks_like():
    rows = pd.DataFrame(
        [
            (1, 1, None),
            (0, None, None),
            (600, 1, None),
            (None, None, None),
            (600, 300, None),
            (600, 300, "display:none on td"),
        ],
        columns=["width_px", "height_px", "hidden_by"],
    ).astype({"width_px": float, "height_px": float})
    assert shape_of(rows).tolist() == ["dot", "dot", "line", "unsized", "picture", "hidden"]


def test_a_snippet_shows_the_markup_nearest_to_where_the_resource_stands():
    image = '<img src="https://t.example.com/o.gif?a=1&amp;b=2" width="1">'
    text = image + "x" * 2000 + '<td class="last">' + image
    assert 'class="last"' in snippet(text, "https://t.example.com/o.gif?a=1&b=2", 0.98)
    assert 'class="last"' not in snippet(text, "https://t.example.com/o.gif?a=1&b=2", 0.0)


def test_labels_are_written_without_an_address(tmp_path):
    row = dict.fromkeys(COLUMNS, "x") | {"position": 1, "weight": 2.0, "address": "https://t.example.com/"}
    write_labels(pd.DataFrame([row]), tmp_path / "labels.csv")
    assert "example.com" not in (tmp_path / "labels.csv").read_text()
