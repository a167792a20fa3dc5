from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import t as student  # type: ignore[import-untyped]
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

from pixelstudy.errors import UserError
from pixelstudy.measure import intervals as module
from pixelstudy.measure.intervals import estimate, wilson


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("n_with", "n"), [(0, 10), (1, 30), (8, 10), (50, 100), (442, 442), (7, 100_000)])
def test_wilson_agrees_with_statsmodels(n_with: int, n: int, level: float) -> None:
    expected = proportion_confint(n_with, n, alpha=1 - level, method="wilson")
    assert wilson(n_with, n, level=level) == pytest.approx(expected, abs=1e-12)


def test_wilson_stays_within_0_and_1_exactly() -> None:
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0


@pytest.mark.parametrize(("n_with", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_counts_that_are_no_share(n_with: int, n: int) -> None:
    with pytest.raises(UserError, match=f"{n_with} out of {n}"):
        wilson(n_with, n)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(UserError, match=f"level of {level}"):
        wilson(1, 2, level=level)


@pytest.mark.parametrize(("df", "within"), [(1.5, 0.03), (2, 0.01), (4, 0.001), (10, 1e-4), (3000, 1e-6)])
def test_the_t_quantile_is_as_near_as_its_docstring_says(df: float, within: float) -> None:
    assert module._student(0.95, df) == pytest.approx(student.ppf(0.975, df), rel=within)


def test_draws_by_counts_are_the_same_bootstrap_as_drawing_senders_one_by_one() -> None:
    random = np.random.default_rng(3)
    n = np.maximum(1, random.lognormal(2.5, 0.8, 60)).astype(int)
    n_with = random.binomial(n, random.beta(0.9, 0.6, 60))
    picked = np.random.default_rng(8).integers(0, 60, size=(20_000, 60))
    plain = n_with[picked].sum(axis=1) / n[picked].sum(axis=1)
    times, rows = module._alike(np.stack([n, n_with], axis=1).astype(float))
    ours = module._draws(times, rows[:, 1:], rows[:, :1], n_resamples=20_000, seed=1)[:, 0]
    assert ours.std() == pytest.approx(plain.std(), rel=0.03)
    assert np.quantile(ours, [0.025, 0.5, 0.975]) == pytest.approx(np.quantile(plain, [0.025, 0.5, 0.975]), abs=0.006)


def test_weights_of_all_resamples_are_never_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CELLS", 50_000)
    column = np.arange(1.0, 5001.0)[:, None]
    tracemalloc.start()
    module._draws(np.ones(5000, int), column, column, n_resamples=300, seed=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000  # all at once would be 12 MB


def test_columns_of_one_denominator_have_the_estimates_of_each_alone() -> None:
    n = np.array([[4.0], [10.0], [10.0], [2.0], [7.0], [1.0]])
    n_with = np.array([[4, 0, 7], [1, 0, 3], [10, 0, 0], [0, 0, 1], [5, 0, 7], [1, 0, 0]], float)
    together = estimate(n, n_with, level=0.95, n_resamples=4000, seed=1)
    for column in range(3):
        alone = estimate(n, n_with[:, [column]], level=0.95, n_resamples=4000, seed=1)
        assert together.shares[:, column] == pytest.approx(alone.shares[:, 0])
        assert together.ends[:, column] == pytest.approx(alone.ends[:, 0], abs=0.02)
        assert together.method(slice(column, column + 1)) == alone.method(slice(None))
    assert together.method(slice(1, 2)) == "Wilson on 4.28 effective senders"
    assert together.method(slice(0, 3)) == "bootstrap over 6 senders"
