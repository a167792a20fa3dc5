"""Who writes in which year, since when with a spy pixel, and who is told of it, on tables small enough to count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from pixelstudy.measure.reach import KINDS_OF_VENDOR, reach, vendors_by_sender, vendors_by_year
from pixelstudy.measure.turnover import (
    MIN_OF_SENDER,
    busiest_sender,
    by_sender_and_year,
    difference,
    first_and_last,
    stayed,
    who_writes,
)
from pixelstudy.tables import VENDOR_KINDS


def box(*rows: tuple[str, int, bool]) -> tuple[pd.DataFrame, pd.Series[bool]]:
    """Messages of these senders, years, and whether each has a spy pixel; the day is the number of the row."""
    messages = pd.DataFrame(
        {
            "message_key": pd.Series([f"m{i}" for i in range(len(rows))], dtype="str"),
            "corpus": "box",
            "sender_site": pd.Series([sender for sender, _, _ in rows], dtype="str"),
            "year": pd.Series([year for _, year, _ in rows], dtype="Int64"),
            "sent_at": pd.to_datetime([f"{year}-03-{i % 28 + 1:02}" for i, (_, year, _) in enumerate(rows)], utc=True),
        }
    )
    return messages, pd.Series([has for *_, has in rows], index=messages.index, dtype=bool)


def pixels(*rows: tuple[int, str, str]) -> pd.DataFrame:
    """Spy pixels in these messages, of these vendors, and how each vendor is known."""
    known: list[dict[str, Any]] = [
        {"message_key": f"m{i}", "vendor": vendor, "vendor_kind": "bulk_mailer", "vendor_confidence": how}
        for i, vendor, how in rows
    ]
    columns = ["message_key", "vendor", "vendor_kind", "vendor_confidence"]
    return pd.DataFrame(known, columns=columns, dtype="str").assign(verdict="spy_pixel")


EMPTY = box()


def test_a_sender_has_a_share_of_a_year_only_from_eight_messages_on() -> None:
    messages, has = box(*[("a", 2020, i < 2) for i in range(MIN_OF_SENDER)], *[("b", 2022, True)] * 7)
    cells = by_sender_and_year(messages, has).set_index(["sender_site", "year"])
    assert list(cells.index) == [(sender, year) for sender in "ab" for year in (2020, 2021, 2022)]
    assert cells.loc[("a", 2020), ["n_messages", "n_with", "share"]].tolist() == [8, 2, 0.25]
    assert cells.loc[("b", 2022), ["n_messages", "n_with"]].tolist() == [7, 7]
    assert cells["share"].notna().sum() == 1
    assert cells.loc[("a", 2021), "n_messages"] == 0


def test_only_the_largest_senders_and_the_last_fifteen_years_are_shown() -> None:
    messages, has = box(*[(f"s{i}", 2000 + y, False) for y in range(27) for i in range(30) for _ in range(1 + (i > 9))])
    cells = by_sender_and_year(messages, has)
    assert sorted(cells["year"].unique()) == list(range(2012, 2027))
    assert set(cells["sender_site"]) == {f"s{i}" for i in range(10, 30)}


def test_first_and_last_are_the_months_of_messages_with_a_spy_pixel() -> None:
    rows = [("old", 2020, True), ("old", 2021, False), ("late", 2020, False), ("late", 2021, True), ("new", 2021, True)]
    found = first_and_last(*box(*rows, ("never", 2020, False))).set_index("sender_site")
    assert set(found.index) == {"old", "late", "new"}
    assert found.loc["old", ["first", "last"]].tolist() == ["2020-03", "2020-03"]
    assert found["is_new"].fillna("").to_dict() == {"old": "", "late": "its pixels", "new": "its mail"}


def test_nobody_is_new_where_all_mail_is_of_one_year() -> None:
    assert first_and_last(*box(("a", 2024, True), ("b", 2024, True)))["is_new"].isna().all()


def test_the_largest_sender_is_taken_out_and_the_share_of_the_others_is_given() -> None:
    messages, has = box(*[("busy", 2024, True)] * 40, *[(f"s{i % 6}", 2024, i % 4 == 0) for i in range(40)])
    row = busiest_sender(messages, has).iloc[0]
    assert (row["n_messages"], row["n_with"], row["n_senders"], row["n_senders_with"]) == (80, 50, 7, 4)
    assert (row["of_largest"], row["share_without"]) == (0.5, 0.25)
    few = busiest_sender(messages.head(9), has.head(9)).iloc[0]
    assert math.isnan(few["share"]) and math.isnan(few["share_without"])


def test_senders_that_come_and_go_are_counted_each_year() -> None:
    messages, has = box(("a", 2020, True), ("b", 2020, True), ("a", 2021, False), ("c", 2021, True), ("b", 2022, True))
    rows = who_writes(messages).set_index("year")
    assert rows["n_senders"].tolist() == [2, 2, 1]
    assert rows["n_new"].tolist()[1:] == [1, 0]
    assert rows["n_gone"].tolist()[1:] == [1, 2]
    assert rows["of_known"].tolist()[1:] == [0.5, 1.0]
    assert stayed(messages, has) == {"n_senders": 1, "first": (1, 1), "last": (1, 1)}


def test_a_difference_of_equal_shares_holds_0_and_one_of_far_shares_does_not() -> None:
    low, middle, high = ({"share": x, "low": x - 0.1, "high": x + 0.1} for x in (0.2, 0.25, 0.8))
    assert difference(low, middle)[0] < 0 < difference(low, middle)[1]
    assert difference(low, high)[0] > 0
    assert difference(high, low)[1] < 0


def test_only_vendors_that_may_be_named_count_and_not_the_sender_itself() -> None:
    messages, _ = box(("a", 2024, True), ("a", 2024, True), ("b", 2024, True), ("c", 2024, True))
    told = pixels((0, "Tea", "host"), (0, "Tea", "host"), (1, "Tea", "header"), (2, "Tea", "host"), (3, "Cup", "shape"))
    told = pd.concat([told, pixels((3, "the sender itself", "host"))])
    found = reach(messages, told)
    assert found[["vendor", "n_senders", "n_messages"]].to_numpy().tolist() == [["Tea", 2, 3]]
    matrix = vendors_by_sender(messages, told)
    assert matrix[["sender_site", "n_with", "n_messages"]].to_numpy().tolist() == [["a", 2, 2], ["b", 1, 1]]
    assert matrix["share"].isna().all(), "too few of each sender"


def test_a_vendor_has_a_share_of_a_year_only_where_the_year_has_enough_mail() -> None:
    messages, _ = box(*[(f"s{i % 6}", 2022, True) for i in range(30)], *[("s1", 2024, True)] * 5)
    cells = vendors_by_year(messages, pixels(*[(i, "Tea", "host") for i in range(3)], (31, "Cup", "host")))
    table = cells.set_index(["vendor", "year"])
    assert table.loc[("Tea", 2022), ["n_with", "n_messages", "share"]].tolist() == [3, 30, 0.1]
    assert table.loc[("Cup", 2022), "share"] == 0, "a year with enough mail and no pixel of that vendor"
    assert table.loc[("Cup", 2024), ["n_with", "n_messages"]].tolist() == [1, 5]
    assert table["share"].drop([("Tea", 2022), ("Cup", 2022)]).isna().all()
    assert sorted(cells["year"].unique()) == [2022, 2023, 2024]


@pytest.mark.parametrize("rows", [[], [("a", 2024, True)] * 3], ids=["no mail", "one year"])
def test_there_is_no_table_by_year_without_two_years(rows: Sequence[tuple[str, int, bool]]) -> None:
    messages, has = box(*rows)
    assert by_sender_and_year(messages, has).empty
    assert vendors_by_year(messages, pixels((0, "Tea", "host"))).empty
    assert len(who_writes(messages)) == (1 if rows else 0)


def test_no_mail_gives_no_rows() -> None:
    assert first_and_last(*EMPTY).empty
    assert busiest_sender(*EMPTY).empty
    assert reach(EMPTY[0], pixels()).empty
    assert vendors_by_sender(EMPTY[0], pixels()).empty


def test_every_kind_of_vendor_is_described() -> None:
    assert set(KINDS_OF_VENDOR) == set(VENDOR_KINDS)
