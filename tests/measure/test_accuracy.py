"""Kappa, precision, recall and the corrected share, against worked examples."""

import math

import numpy as np
import pandas as pd
import pytest

from pixelstudy.errors import UserError
from pixelstudy.measure.accuracy import (
    FEWEST,
    cohen_kappa,
    confusion,
    detection_rates,
    precision_recall,
    precision_recall_by,
    readable,
    rogan_gladen,
)


def test_kappa_is_that_of_a_worked_example():
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: agreement 0.7, by chance 0.5.
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)


def test_kappa_is_one_for_full_agreement_and_negative_below_chance():
    assert cohen_kappa(["a", "b"], ["a", "b"]) == 1
    assert cohen_kappa(["a", "a"], ["a", "a"]) == 1
    assert cohen_kappa(["a", "b"], ["b", "a"]) < 0


def frame(rows):
    return pd.DataFrame(rows, columns=["true", "said", "weight", "message"])


def test_precision_and_recall_count_each_resource_with_its_weight():
    data = frame([(True, True, 1.0, "a"), (True, False, 3.0, "b"), (False, True, 1.0, "c"), (False, False, 50.0, "d")])
    precision, recall = precision_recall(data["true"], data["said"], weight=data["weight"], message=data["message"])
    assert (precision.value, precision.n) == (0.5, 2)
    assert (recall.value, recall.n) == (0.25, 2)
    assert precision.low <= 0.5 <= precision.high


def test_a_perfect_record_is_not_certainty():
    data = frame([(True, True, 1.0, str(i)) for i in range(30)])
    precision, _ = precision_recall(data["true"], data["said"], weight=data["weight"], message=data["message"])
    assert precision.value == 1
    assert 0.85 < precision.low < 0.95


def test_the_interval_widens_when_errors_come_in_one_message():
    rng = np.random.default_rng(0)
    apart = frame([(bool(rng.random() > 0.2), True, 1.0, str(i)) for i in range(200)])
    together = apart.assign(
        message=[str(i // 20) for i in range(200)], true=[(i // 20) not in (3, 7) for i in range(200)]
    )
    widths = []
    for data in (apart, together):
        p, _ = precision_recall(data["true"], data["said"], weight=data["weight"], message=data["message"])
        widths.append(p.high - p.low)
    assert widths[1] > 1.5 * widths[0]


def test_nothing_said_gives_no_precision_and_no_labels_are_refused():
    data = frame([(True, False, 1.0, "a")])
    precision, recall = precision_recall(data["true"], data["said"], weight=data["weight"], message=data["message"])
    assert math.isnan(precision.value)
    assert recall.value == 0
    with pytest.raises(UserError, match="no labels"):
        precision_recall(*(data[c].iloc[:0] for c in ("true", "said")), weight=data["weight"], message=data["message"])


def test_confusion_counts_labels_by_verdict():
    table = confusion(pd.Series(["spacer", "spacer"]), pd.Series(["spacer", "content"]))
    assert table.loc["spacer", "content"] == 1


def test_a_share_is_corrected_as_rogan_and_gladen_do():
    # (0.3 + 0.9 - 1) / (0.8 + 0.9 - 1)
    found = rogan_gladen(0.3, 0.02, (80, 100), (90, 100))
    assert found.value == pytest.approx(0.2 / 0.7)
    assert found.low < found.value < found.high


def test_a_perfect_detector_leaves_the_share_and_widens_its_interval():
    found = rogan_gladen(0.66, 0.02, (50, 50), (50, 50))
    assert found.value == pytest.approx(0.66)
    assert found.high - found.low > 2 * 1.96 * 0.02


def test_a_detector_no_better_than_chance_corrects_nothing():
    with pytest.raises(UserError, match="no better than chance"):
        rogan_gladen(0.5, 0.02, (50, 100), (50, 100))


@pytest.mark.parametrize(("found", "passed"), [((0, 0), (50, 100)), ((90, 100), (5, 5)), ((29, 29), (90, 100))])
def test_a_share_is_not_corrected_with_rates_of_few_messages(found, passed):
    with pytest.raises(UserError, match="label at least 30 of each"):
        rogan_gladen(0.5, 0.02, found, passed)


def test_a_group_of_too_few_keeps_its_counts_and_says_no_share():
    rows = pd.DataFrame(
        {
            "weight": 1.0,
            "message_key": [str(i) for i in range(FEWEST + 2)],
            "corpus": ["large"] * FEWEST + ["small"] * 2,
        }
    )
    flagged = pd.Series([True] * len(rows))
    found = precision_recall_by(rows, flagged, flagged, by="corpus").set_index("group")
    assert found.index.tolist() == ["all", "large", "small"]
    assert found.loc["large", ["precision", "recall"]].tolist() == [1, 1]
    assert found.loc["small", "n_true"] == 2
    assert found.loc["small", ["precision", "precision_low", "recall", "recall_high"]].isna().all()


def test_rates_of_equal_weights_are_the_counts_and_unequal_ones_count_for_fewer():
    is_true = pd.Series([True] * 4 + [False] * 6)
    is_said = pd.Series([True, True, True, False] + [False] * 5 + [True])
    even = detection_rates(is_true, is_said, weight=pd.Series([2.0] * 10))
    assert even == (pytest.approx((3, 4)), pytest.approx((5, 6)))
    (found, n_true), _ = detection_rates(is_true, is_said, weight=pd.Series([9.0, 1, 1, 1] + [1.0] * 6))
    assert n_true < 4
    assert found / n_true == pytest.approx(11 / 12)
    assert detection_rates(is_true[:4], is_said[:4], weight=pd.Series([1.0] * 4))[1] == (0.0, 0.0)


def test_strata_without_an_error_widen_the_interval_and_leave_the_estimate():
    """30 flagged and right in one stratum, 60 neither true nor flagged in another, which stands for much."""
    rows = pd.DataFrame({"weight": [1.0] * 30 + [10.0] * 60, "message_key": map(str, range(90))})
    rows["stratum"] = ["flagged"] * 30 + ["passed"] * 60
    flagged = pd.Series([True] * 30 + [False] * 60)
    plain = precision_recall_by(rows, flagged, flagged).iloc[0]
    honest = precision_recall_by(rows, flagged, flagged, stratum="stratum").iloc[0]
    assert honest[["precision", "recall"]].tolist() == plain[["precision", "recall"]].tolist() == [1, 1]
    assert honest["recall_low"] == pytest.approx(30 / (30 + 3 / 60 * 600))  # 3 in 60 may be true, each for ten
    assert honest["precision_low"] == pytest.approx(min(plain["precision_low"], 27 / 30))
    assert honest["recall_low"] < plain["recall_low"]


def test_a_table_to_be_read_has_no_gap_and_no_raw_share():
    rows = pd.DataFrame({"weight": 1.0, "message_key": list("abcdefghijkl"), "corpus": ["large"] * 10 + ["small"] * 2})
    flagged = pd.Series([True] * 12)
    shown = readable(precision_recall_by(rows, flagged, flagged, by="corpus"), named="corpus")
    assert list(shown) == ["corpus", "labelled", "true by label", "flagged", "precision", "recall"]
    assert shown["recall"].tolist()[:1] == ["100 % (74 % to 100 %)"]
    assert shown["recall"].tolist()[2] == "too few (under 10)"
    assert not shown.isna().any().any()
