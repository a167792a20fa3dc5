"""The answers under the titles: what they say, and that they claim nothing where there is too little mail."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from pixelstudy.measure import answers
from pixelstudy.measure.prevalence import LOOKALIKE, UNKNOWN

NAN = math.nan


def messages(**n: int) -> pd.DataFrame:
    """Messages with HTML by population; `plain` are received and without."""
    rows = [(population, True) for population, count in n.items() if population != "plain" for _ in range(count)]
    rows += [("received", False)] * n.get("plain", 0)
    return pd.DataFrame(rows, columns=["population", "has_html"]).astype({"has_html": bool})


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        (messages(), "There is no message here"),
        (messages(plain=3), "Of the 3 messages received, none has HTML"),
        (messages(plain=1), "Of the 1 message received, none has HTML"),
        (messages(spam=4), "there are 4 in spam. To measure those, run the study with `--population spam`"),
        (messages(received=1, spam=9), ""),
    ],
)
def test_where_nothing_can_be_measured_it_says_why_and_what_would_help(mail: pd.DataFrame, said: str) -> None:
    found = answers.nothing_to_measure(mail, ["received"])
    assert said in found
    assert bool(found) == bool(said)


def sender_row(**changed: Any) -> dict[str, Any]:
    row = {"n_senders": 10, "n_senders_with": 6, "n_messages": 100, "n_with": 60, "share": 0.6, "low": 0.5, "high": 0.7}
    return row | {"share_without": 0.58, "sender_share": 0.55} | changed


def test_one_busy_sender_makes_the_figure_only_where_the_others_differ() -> None:
    assert "no one busy sender makes the figure.** 60 % (50 % to 70 %) of 100 messages" in answers.of_senders(
        "Mail", sender_row()
    )
    busy = answers.of_senders("Mail", sender_row(share_without=0.2))
    assert "the largest sender alone moves the figure by 40 points" in busy


def test_senders_without_a_share_or_a_pixel_get_counts_alone() -> None:
    few = answers.of_senders("Mail", sender_row(share=NAN, share_without=NAN, n_with=3, n_messages=4))
    assert few.endswith("3 of 4 messages hold one, too few messages or senders for a share.")
    assert "%" not in few
    empty = sender_row(n_with=0, n_senders_with=0, share=0.0, low=0.0, high=0.2, share_without=0.0)
    none = answers.of_senders("Mail", empty)
    assert none.startswith("**Mail: nobody, as far as can be seen.**")
    assert none.endswith("None of 100 messages of 10 senders holds a spy pixel (0 % to 20 %).")


def vendor(name: str, n: int, low: float, high: float, kind: str | None = "bulk_mailer") -> dict[str, Any]:
    row = {"vendor": name, "vendor_kind": kind, "n_with": n, "n_messages": 100, "share": n / 100}
    return row | {"low": low, "high": high}


def test_a_vendor_is_said_to_be_first_only_where_its_interval_lies_above_the_next() -> None:
    reached = pd.DataFrame({"vendor": ["Tea"], "n_senders": [7]})
    near = pd.DataFrame([vendor("Tea", 40, 0.3, 0.5), vendor("Cup", 30, 0.2, 0.4)])
    far = pd.DataFrame([vendor("Tea", 40, 0.3, 0.5), vendor("Cup", 3, 0.0, 0.1), vendor(UNKNOWN, 2, 0, 0.1, None)])
    open_answer = answers.of_vendors(near, reached, n_with=60, n_senders=9)
    assert "2 companies are named" in open_answer
    assert "impossible to say which company is told of most" in open_answer
    assert "Tea sees the reader at 7 of 9 senders" in open_answer
    sure = answers.of_vendors(far, reached.head(0), n_with=60, n_senders=9)
    assert "Tea (bulk mailer) is told of 40 of 100 messages with HTML, 40 % (30 % to 50 %)." in sure
    assert "A pixel of no known company is in 2 messages." in sure
    assert "sees the reader" not in sure


def test_no_vendor_is_named_without_a_pixel_or_a_sure_name() -> None:
    nobody = pd.DataFrame(columns=["vendor", "vendor_kind", "n_with", "n_messages", "share", "low", "high"])
    assert answers.of_vendors(nobody, nobody, n_with=0, n_senders=3).startswith("Nobody, as far as can be seen")
    alike = pd.DataFrame([vendor(LOOKALIKE, 4, 0.0, 0.1, None)])
    assert "no company can be named in the 4 messages" in answers.of_vendors(alike, nobody, n_with=4, n_senders=3)


def years(*rows: tuple[int, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["year", "share", "low", "high"]).assign(n_messages=50)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (years((2020, 0.2, 0.1, 0.3), (2024, 0.8, 0.7, 0.9)), "yes; 20 % (10 % to 30 %) of 50 in 2020"),
        (years((2020, 0.8, 0.7, 0.9), (2024, 0.2, 0.1, 0.3)), "no, it has become rarer; 80 %"),
        (years((2020, 0.2, 0.1, 0.3), (2024, 0.3, 0.2, 0.4)), "impossible to say; 20 %"),
        (years((2020, NAN, NAN, NAN), (2024, 0.3, 0.2, 0.4)), "impossible to say, because no two years have enough"),
        (years((2024, 0.3, 0.2, 0.4)), "impossible to say, because it is all from one year"),
        (years(), "impossible to say, because there is no such mail"),
    ],
)
def test_a_rise_is_claimed_only_where_the_difference_of_the_ends_excludes_0(rows: pd.DataFrame, said: str) -> None:
    assert answers.of_years("Mail", rows).startswith(f"Mail: {said}")


@pytest.mark.parametrize(("low", "high", "said"), [(1.2, 3, "yes"), (0.3, 4, "impossible"), (0.1, 0.8, "no, it has")])
def test_halves_of_a_rare_thing_are_compared_by_their_ratio(low: float, high: float, said: str) -> None:
    halves = {"years": ("2019-2022", "2023-2026"), "before": (7, 1000), "after": (3, 400), "low": low, "high": high}
    found = answers.of_halves("Lists", halves)
    assert found.startswith(f"Lists: {said}")
    assert "7 of 1,000 messages hold one in 2019-2022, and 3 of 400 in 2023-2026" in found


def test_collections_are_said_to_differ_only_where_no_intervals_overlap() -> None:
    early, late = years((2002, 0.05, 0.03, 0.09)), years((2022, 0.3, 0.2, 0.4), (2025, 0.2, 0.14, 0.3))
    assert answers.of_collections("Spam", early, late, n_overlap=1, n_fixed=2).startswith("Spam: yes; ")
    assert "impossible to say" in answers.of_collections("Spam", late, late, n_overlap=2, n_fixed=2)


def test_who_writes_is_said_only_of_mail_with_years() -> None:
    columns = ["year", "n_senders", "n_new"]
    assert "no mail with a date" in answers.of_turnover(pd.DataFrame(columns=columns))
    assert "from one year" in answers.of_turnover(pd.DataFrame([[2024, 3, None]], columns=columns))
    two = pd.DataFrame([[2020, 3, 0], [2024, 4, 2]], columns=columns)
    kept = {"n_senders": 2, "first": (1, 5), "last": (4, 6)}
    said = answers.of_turnover(two, kept)
    assert "2 more joined the 3 senders of 2020 by 2024" in said
    assert "1 of 5 held a spy pixel in 2020, and 4 of 6 in 2024" in said
    assert answers.of_turnover(two.assign(n_new=0)).startswith("Nobody new wrote after 2020.")


@pytest.mark.parametrize(
    ("given", "said"),
    [([2019, 2019], "all of this mail is from 2019"), ([None], "no message has a date that can be read")],
)
def test_a_missing_picture_by_year_says_what_is_missing(given: list[int | None], said: str) -> None:
    found = answers.no_years(pd.DataFrame({"year": pd.Series(given, dtype="Int64")}), "picture of senders")
    assert said in found and "two years or more would bring one" in found
