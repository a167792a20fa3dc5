from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pixelstudy.errors import UserError
from pixelstudy.measure.mix import Mix, mix_grid, mix_share, newsletter_share_needed, two_thirds_line
from pixelstudy.measure.prevalence import Share

SHARES = {"newsletter": 0.8, "automatic": 0.4, "personal": 0.0}

share_of_kind = st.integers(0, 100).map(lambda percent: percent / 100)
shares_of_kinds = st.fixed_dictionaries(dict.fromkeys(SHARES, share_of_kind))


def by_kind(mix: Mix) -> dict[str, float]:
    return {"newsletter": mix.newsletter, "automatic": mix.automatic, "personal": mix.personal}


def measured(share: float, low: float, high: float, method: str = "bootstrap over 9 senders") -> Share:
    return Share(100, 0, share, low, high, 9, math.nan, math.nan, math.nan, method)


def test_the_line_of_two_thirds_is_the_one_worked_out_by_hand() -> None:
    # 0.8 x + 0.4 y = 2/3: with no personal mail x = 2/3, with no automatic mail x = 5/6.
    line = two_thirds_line(SHARES)
    assert [(m.newsletter, m.automatic, m.personal) for m in line] == [
        pytest.approx((2 / 3, 1 / 3, 0)),
        pytest.approx((5 / 6, 0, 1 / 6)),
    ]


@given(shares_of_kinds, st.integers(1, 99))
def test_every_mix_on_the_line_has_the_target_and_is_a_mix(shares: dict[str, float], percent: int) -> None:
    target = percent / 100
    line = two_thirds_line(shares, target=target)
    assume(len(line) == 2)
    for along in (0, 0.3, 1):
        mix = {k: (1 - along) * by_kind(line[0])[k] + along * by_kind(line[1])[k] for k in SHARES}
        assert min(mix.values()) >= -1e-12
        assert sum(mix.values()) == pytest.approx(1)
        assert mix_share(mix, shares) == pytest.approx(target)


@given(shares_of_kinds, st.integers(1, 99))
def test_there_is_a_line_exactly_when_the_target_lies_between_the_kinds(shares: dict[str, float], percent: int) -> None:
    target = percent / 100
    reached = min(shares.values()) <= target <= max(shares.values())
    assert bool(two_thirds_line(shares, target=target)) == reached


def test_no_mix_reaches_two_thirds_when_every_kind_is_below_it_or_above() -> None:
    assert two_thirds_line({"newsletter": 0.6, "automatic": 0.5, "personal": 0.1}) == ()
    assert two_thirds_line({"newsletter": 0.9, "automatic": 0.8, "personal": 0.7}) == ()


def test_lines_through_corners_have_no_end_twice() -> None:
    corner = {"newsletter": 0.5, "automatic": 0.2, "personal": 0.1}
    assert two_thirds_line(corner, target=0.5) == (Mix(1, 0, 0),)
    across = {"newsletter": 0.9, "automatic": 0.5, "personal": 0.1}
    assert two_thirds_line(across, target=0.5) == (Mix(0, 1, 0), Mix(0.5, 0, 0.5))
    edge = {"newsletter": 0.9, "automatic": 0.5, "personal": 0.5}
    assert two_thirds_line(edge, target=0.5) == (Mix(0, 0, 1), Mix(0, 1, 0))
    assert len(two_thirds_line(dict.fromkeys(SHARES, 0.5), target=0.5)) == 3


def test_mix_share_divides_weights_by_their_sum() -> None:
    assert mix_share({"newsletter": 5, "automatic": 3, "personal": 2}, SHARES) == pytest.approx(0.52)
    assert mix_share({"newsletter": 0.5, "automatic": 0.3, "personal": 0.2}, SHARES) == pytest.approx(0.52)
    assert mix_share({"newsletter": 1}, {"newsletter": 0.8}) == 0.8


@pytest.mark.parametrize("weights", [{}, {"newsletter": 0}, {"newsletter": -1, "personal": 2}])
def test_weights_that_make_no_mix_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(UserError, match="make no mix"):
        mix_share(weights, SHARES)


def test_the_grid_is_the_share_inside_the_triangle_and_missing_outside() -> None:
    grid = mix_grid(SHARES, steps=11)
    assert grid.share.shape == (11, 11)
    assert grid.newsletter[0].tolist() == pytest.approx(np.linspace(0, 1, 11).tolist())
    assert grid.automatic[:, 0].tolist() == pytest.approx(np.linspace(0, 1, 11).tolist())
    assert np.isfinite(grid.share).sum() == 11 * 12 / 2
    assert grid.share[3, 5] == pytest.approx(0.5 * 0.8 + 0.3 * 0.4)
    assert (grid.share[0, 10], grid.share[10, 0], grid.share[0, 0]) == (0.8, 0.4, 0.0)
    assert math.isnan(grid.share[6, 5])


@pytest.mark.parametrize("steps", [2, 7, 50, 101])
def test_the_long_side_of_the_triangle_is_in_the_grid_at_every_step_size(steps: int) -> None:
    share = mix_grid(SHARES, steps=steps).share
    assert np.isfinite(share[np.arange(steps), np.arange(steps)[::-1]]).all()


def test_a_grid_without_area_is_refused() -> None:
    with pytest.raises(UserError, match="1 steps"):
        mix_grid(SHARES, steps=1)


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


def test_interval_ends_are_taken_at_once_and_plain_numbers_stand_for_both() -> None:
    shares: dict[str, float | Share] = {
        "newsletter": measured(0.8, 0.7, 0.9),
        "automatic": measured(0.4, 0.3, 0.6),
        "personal": 0.0,
    }
    assert two_thirds_line(shares) == two_thirds_line(SHARES)
    low = two_thirds_line(shares, end="low")
    assert low == two_thirds_line({"newsletter": 0.7, "automatic": 0.3, "personal": 0.0})
    needed = [newsletter_share_needed(shares, automatic_of_rest=0, end=e) for e in ("high", "share", "low")]
    assert needed == pytest.approx([2 / 3 / 0.9, 2 / 3 / 0.8, 2 / 3 / 0.7])
    assert mix_grid(shares, steps=3, end="high").share[0, 2] == 0.9


def test_a_kind_that_is_missing_refused_or_no_share_is_named() -> None:
    with pytest.raises(UserError, match="no share for personal"):
        two_thirds_line({"newsletter": 0.8, "automatic": 0.4})
    refused = measured(math.nan, math.nan, math.nan, "refused: under 30 messages")
    with pytest.raises(UserError, match=r"automatic is nan \(refused: under 30 messages"):
        two_thirds_line({**SHARES, "automatic": refused})
    with pytest.raises(UserError, match=r"newsletter is 80\.0"):
        mix_grid({**SHARES, "newsletter": 80})
