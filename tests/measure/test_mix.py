from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelstudy.errors import UserError
from pixelstudy.measure.mix import mix_share, newsletter_share_needed
from pixelstudy.measure.shares import Share

SHARES = {"newsletter": 0.8, "automatic": 0.4, "personal": 0.0}

share_of_kind = st.integers(0, 100).map(lambda percent: percent / 100)
shares_of_kinds = st.fixed_dictionaries(dict.fromkeys(SHARES, share_of_kind))


def measured(share: float, low: float, high: float, method: str = "bootstrap over 9 senders") -> Share:
    return Share(100, 0, share, low, high, 9, math.nan, math.nan, math.nan, method)


def test_mix_share_divides_weights_by_their_sum() -> None:
    assert mix_share({"newsletter": 5, "automatic": 3, "personal": 2}, SHARES) == pytest.approx(0.52)
    assert mix_share({"newsletter": 0.5, "automatic": 0.3, "personal": 0.2}, SHARES) == pytest.approx(0.52)
    assert mix_share({"newsletter": 1}, {"newsletter": 0.8}) == 0.8


@pytest.mark.parametrize("weights", [{}, {"newsletter": 0}, {"newsletter": -1, "personal": 2}])
def test_weights_that_make_no_mix_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(UserError, match="make no mix"):
        mix_share(weights, SHARES)


def test_newsletters_needed_are_those_worked_out_by_hand() -> None:
    # The rest, half automatic, has 0.2: (2/3 - 0.2) / (0.8 - 0.2).
    assert newsletter_share_needed(SHARES, automatic_of_rest=0.5) == pytest.approx(7 / 9)
    assert newsletter_share_needed(SHARES, automatic_of_rest=0) == pytest.approx(5 / 6)
    assert newsletter_share_needed(SHARES, automatic_of_rest=1) == pytest.approx(2 / 3)


@given(shares_of_kinds, share_of_kind)
def test_the_newsletters_needed_are_the_fewest_that_reach_two_thirds(
    shares: dict[str, float], automatic: float
) -> None:
    needed = newsletter_share_needed(shares, automatic_of_rest=automatic)

    def inbox(newsletter: float) -> float:
        rest = 1 - newsletter
        mix = {"newsletter": newsletter, "automatic": rest * automatic, "personal": rest * (1 - automatic)}
        return mix_share(mix, shares)

    if math.isnan(needed):
        assert max(inbox(0), inbox(1)) < 2 / 3
    elif needed == 0:
        assert inbox(0) >= 2 / 3 - 1e-12
    else:
        assert inbox(needed) == pytest.approx(2 / 3)
        assert inbox(needed * 0.99) < 2 / 3


def test_no_newsletters_are_needed_where_the_rest_reaches_it_and_none_suffice_where_nothing_does() -> None:
    assert newsletter_share_needed({**SHARES, "automatic": 0.9}, automatic_of_rest=1) == 0.0
    assert math.isnan(newsletter_share_needed({**SHARES, "newsletter": 0.6}, automatic_of_rest=0.5))


def test_a_split_of_the_rest_outside_0_to_1_is_refused() -> None:
    with pytest.raises(UserError, match=r"automatic_of_rest is 1\.5"):
        newsletter_share_needed(SHARES, automatic_of_rest=1.5)


def test_all_intervals_are_taken_at_one_end_and_a_number_is_both_of_its_ends() -> None:
    shares: dict[str, float | Share] = {
        "newsletter": measured(0.8, 0.7, 0.9),
        "automatic": measured(0.4, 0.3, 0.6),
        "personal": 0.0,
    }
    mix = {"newsletter": 0.5, "automatic": 0.3, "personal": 0.2}
    assert mix_share(mix, shares) == mix_share(mix, SHARES)
    assert mix_share(mix, shares, end="low") == pytest.approx(0.5 * 0.7 + 0.3 * 0.3)
    assert mix_share(mix, shares, end="high") == pytest.approx(0.5 * 0.9 + 0.3 * 0.6)
    needed = [newsletter_share_needed(shares, automatic_of_rest=0, end=e) for e in ("high", "share", "low")]
    assert needed == pytest.approx([2 / 3 / 0.9, 2 / 3 / 0.8, 2 / 3 / 0.7])


def test_a_missing_refused_or_impossible_share_is_named() -> None:
    with pytest.raises(UserError, match="no share for personal"):
        newsletter_share_needed({"newsletter": 0.8, "automatic": 0.4}, automatic_of_rest=0.5)
    refused = measured(math.nan, math.nan, math.nan, "refused: under 30 messages")
    with pytest.raises(UserError, match=r"automatic is nan \(refused: under 30 messages"):
        newsletter_share_needed({**SHARES, "automatic": refused}, automatic_of_rest=0.5)
    with pytest.raises(UserError, match=r"newsletter is 80\.0"):
        mix_share({"newsletter": 1}, {"newsletter": 80})
