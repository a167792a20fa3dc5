"""The sample for labelling: drawn by rules, weighted, and split into halves that share no message."""

import re
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup

from pixelstudy.corpora.labels import (
    COLUMNS,
    LABELS,
    draw_sample,
    half_of,
    shape_of,
    snippet,
    surroundings,
    write_labels,
)
from pixelstudy.measure.accuracy import cohen_kappa, precision_recall
from pixelstudy.study.study import open_study

RELEASED = Path(__file__).resolve().parents[2] / "data" / "labels" / "resources.csv"


def released():
    return pd.read_csv(RELEASED, keep_default_na=False)


def sample():
    study = open_study("released")
    return study, draw_sample(study.messages, study.resources)


def test_the_same_tables_give_the_same_sample_of_eight_hundred_or_more():
    study, drawn = sample()
    assert len(drawn) >= 800
    assert drawn.equals(draw_sample(study.messages, study.resources))
    assert not drawn.duplicated(["message_key", "position"]).any()


def test_the_weights_of_the_strata_add_up_to_the_population():
    study, drawn = sample()
    strata, whole = drawn[drawn["part"] == "strata"], drawn[drawn["part"] == "whole"]
    assert round(strata["weight"].sum()) == len(study.resources) - len(whole)


def test_a_message_drawn_as_a_whole_has_all_its_resources():
    study, drawn = sample()
    whole = drawn[drawn["part"] == "whole"]
    assert len(whole) == study.resources["message_key"].isin(whole["message_key"]).sum()


def test_no_message_is_in_both_halves():
    _, drawn = sample()
    assert (drawn.groupby("message_key")["half"].nunique() == 1).all()
    assert drawn["half"].value_counts(normalize=True).min() > 0.35
    assert half_of("0" * 16) == half_of("0" * 16)


def test_a_shape_describes_the_look_of_a_resource():
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


def test_a_snippet_shows_the_markup_nearest_to_the_resource():
    image = '<img src="https://t.example.com/o.gif?a=1&amp;b=2" width="1">'
    text = image + "x" * 2000 + '<td class="last">' + image
    assert 'class="last"' in snippet(text, "https://t.example.com/o.gif?a=1&b=2", 0.98)
    assert 'class="last"' not in snippet(text, "https://t.example.com/o.gif?a=1&b=2", 0.0)


def test_labels_are_written_without_an_address(tmp_path):
    row = dict.fromkeys(COLUMNS, "x") | {"position": 1, "weight": 2.0, "address": "https://t.example.com/"}
    write_labels(pd.DataFrame([row]), tmp_path / "labels.csv")
    assert "example.com" not in (tmp_path / "labels.csv").read_text()


def test_surrounding_tags_and_rules_are_read_without_the_detector():
    page = BeautifulSoup(
        "<style>.pre{display:none} .other{color:red}</style><table class=wide><tr>"
        "<td class='pre' style='line-height:0'>"
        "<img src='https://t.example.com/o.gif?a=1&amp;b=2' width=1></td></tr></table>",
        "html5lib",
    )
    seen = surroundings(page, "https://t.example.com/o.gif?a=1&b=2", 0.9)
    assert '<td class="pre" style="line-height:0">' in seen["around"]
    assert seen["rules"] == ".pre{display:none}"
    assert surroundings(page, "https://elsewhere.example/", 0.9) == {"around": "", "rules": ""}


# The released labels


def test_the_released_labels_are_whole():
    labels = released()
    assert tuple(labels.columns) == COLUMNS
    assert len(labels) >= 800
    assert not labels.duplicated(["message_key", "position"]).any()
    for column in ("first", "second", "label"):
        assert set(labels[column]) <= set(LABELS)
    agreed = labels["first"] == labels["second"]
    assert (labels.loc[agreed, "label"] == labels.loc[agreed, "first"]).all()
    assert set(labels["half"]) == {"development", "report"}
    assert (labels.groupby("message_key")["half"].nunique() == 1).all()
    assert (labels["weight"] >= 1).all()


def test_the_released_labels_name_no_address_host_or_token():
    for text in released()["note"]:
        assert not re.search(r"[@/]|\w\.(?:com|net|org|de|info)\b|[0-9a-f]{10}|\d{6}", text), text


def test_every_label_belongs_to_a_row_of_the_released_tables():
    # A new carrier shifts positions, and the labels would silently be about other resources.
    labels, resources = released(), open_study("released").resources
    both = labels.merge(resources, on=["corpus", "message_key", "position"], validate="one_to_one")
    assert len(both) == len(labels)


def test_the_passes_agree_beyond_chance():
    labels = released()
    assert cohen_kappa(labels["first"], labels["second"]) > 0.8


def test_the_detector_keeps_its_promise_on_the_half_that_never_served_to_improve_it():
    labels = released()
    told = labels[(labels["half"] == "report") & (labels["label"] != "cannot_tell")]
    told = told.merge(open_study("released").resources, on=["corpus", "message_key", "position"])
    precision, recall = precision_recall(
        told["label"] == "spy_pixel",
        told["verdict"] == "spy_pixel",
        weight=told["weight"],
        message=told["message_key"],
    )
    assert precision.value >= 0.97
    assert recall.value >= 0.97
