from __future__ import annotations

import math

import pandas as pd
import pytest

from pixelstudy.measure.comparisons import agreement, by_definition, inbox_shares, share_of, two_thirds_needs
from pixelstudy.measure.definitions import DEFINITIONS, Definition, find_definition, has_pixel
from pixelstudy.measure.prevalence import prevalence
from pixelstudy.measure.shares import Share
from pixelstudy.tables import RESOURCES


def messages(n: int, *, n_senders: int = 10, platform: str | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "message_key": [f"{i:016x}" for i in range(n)],
            "sender_site": [f"s{i % n_senders}.example" for i in range(n)],
            "platform": pd.Series([platform] * n, dtype="str"),
        }
    )


def resources(*rows: dict[str, object]) -> pd.DataFrame:
    """Images of 1 x 1 that are spy pixels, but for what a row says."""
    plain = {
        "carrier": "img src",
        "loads_in": "all",
        "declared_width": "1",
        "declared_height": "1",
        "declared_from": "attribute",
        "n_repeats": 1,
        "verdict": "spy_pixel",
    }
    texts = {column.name: "str" for column in RESOURCES.columns if column.type == "text"}
    return pd.DataFrame([plain | row for row in rows], columns=list(RESOURCES.names)).astype(texts)


def key(i: int) -> dict[str, object]:
    return {"message_key": f"{i:016x}"}


def share(value: float, *, low: float | None = None, high: float | None = None) -> Share:
    ends = (value if low is None else low, value if high is None else high)
    return Share(100, round(100 * value), value, *ends, 10, value, *ends, "Wilson")


# Shares


def test_the_share_of_all_is_the_one_row_of_prevalence() -> None:
    mail = messages(40)
    has = pd.Series([i % 4 == 0 for i in range(40)])
    found = share_of(mail, has, definition="a")
    assert found.to_dict() == prevalence(mail, has, definition="a").iloc[0].to_dict()
    assert (found["n_messages"], found["n_with"], found["definition"]) == (40, 10, "a")


def test_definitions_come_by_share_the_largest_first() -> None:
    mail = messages(40)
    rows = [key(i) | {"verdict": "counting_pixel"} for i in range(0, 40, 2)]
    rows += [key(i) | {"declared_width": "600", "declared_height": "300"} for i in range(1, 10, 2)]
    found = by_definition(mail, resources(*rows))
    assert found["share"].is_monotonic_decreasing
    assert set(found["name"]) == {definition.name for definition in DEFINITIONS}
    shares = found.set_index("name")["share"].to_dict()
    assert shares["any_remote"] == 25 / 40
    assert (shares["spy_pixel"], shares["any_pixel"], shares["spy_pixel_finder"]) == (5 / 40, 25 / 40, 20 / 40)
    ties = found[found["share"] == 0]
    assert ties["name"].is_monotonic_increasing
    assert {"short", "title", "group", "source", "low", "high", "sender_share"} <= set(found.columns)


def test_each_row_is_what_that_definition_gives_alone() -> None:
    mail, rows = messages(40), resources(*(key(i) for i in range(0, 40, 3)))
    definition = find_definition("simplify")
    (row,) = by_definition(mail, rows, definitions=[definition]).to_dict("records")
    alone = share_of(mail, has_pixel(mail, rows, definition), definition="simplify")
    assert {name: row[name] for name in alone.index} == alone.to_dict()


def test_a_definition_that_is_added_gets_a_row_of_its_own() -> None:
    added = Definition(
        "wide", "Wide", "600 px wide", lambda r: r["declared_width"] == "600", group="peer", source="this test"
    )
    rows = resources(*(key(i) | {"declared_width": "600"} for i in range(0, 40, 4)))
    found = by_definition(messages(40), rows, definitions=[*DEFINITIONS, added]).set_index("name")
    assert len(found) == len(DEFINITIONS) + 1
    assert found.loc["wide", ["short", "title", "source", "group"]].tolist() == [
        "Wide", "600 px wide", "this test", "peer",
    ]  # fmt: skip
    assert found.loc["wide", "share"] == 10 / 40


def test_too_few_messages_give_rows_without_a_share() -> None:
    found = by_definition(messages(4), resources(key(0)))
    assert found["share"].isna().all()
    assert len(found) == len(DEFINITIONS)


# Headers against pixels


def test_agreement_counts_messages_whose_platform_and_pixel_name_the_same() -> None:
    mail = pd.concat(
        [messages(4, platform="SendGrid"), messages(6, platform="Marketo").iloc[4:], messages(7).iloc[6:]],
        ignore_index=True,
    )
    by_host = {"vendor_confidence": "host"}
    found = agreement(
        mail,
        resources(
            key(0) | by_host | {"vendor": "SendGrid"},
            key(0) | by_host | {"vendor": "Validity"},  # a second one beside it
            key(1) | by_host | {"vendor": "Validity"},
            key(2) | {"vendor": "SendGrid", "vendor_confidence": "shape"},
            key(3) | by_host | {"vendor": "SendGrid", "verdict": "content"},
            key(4) | by_host | {"vendor": "Adobe Marketo Engage"},
            key(5) | by_host | {"vendor": "LiveIntent", "vendor_kind": "advertising"},  # which names no mailer
            key(6) | by_host | {"vendor": "SendGrid"},  # its headers name nobody
        ),
    )
    assert found.drop(columns="others").to_dict("records") == [
        {"platform": "SendGrid", "n_messages": 4, "n_with_vendor": 2, "n_agree": 1},
        {"platform": "Marketo", "n_messages": 2, "n_with_vendor": 1, "n_agree": 1},
    ]
    assert found["others"].fillna("").tolist() == ["Validity", ""]


def test_agreement_of_no_named_platform_has_no_rows() -> None:
    found = agreement(messages(3), resources(key(0)))
    assert list(found.columns) == ["platform", "n_messages", "n_with_vendor", "n_agree", "others"]
    assert found.empty


@pytest.mark.parametrize(
    ("platform", "vendor", "same"),
    [
        ("SendGrid", "SendGrid", True),
        ("SendGrid", "Twilio SendGrid", True),
        ("Oracle Eloqua", "Oracle Responsys", True),
        ("HubSpot", "HubSpot Sales", True),
        ("EveryAction", "NGP VAN", True),
        ("Digital Impact", "Impact", False),
        ("MessageMedia", "Gem", False),
        ("Mailgun", "Mailchimp", False),
        ("Campaign Monitor", "Campaigner", False),
    ],
)
def test_names_of_one_company_agree_and_others_that_look_alike_do_not(platform: str, vendor: str, same: bool) -> None:
    rows = resources(key(0) | {"vendor": vendor, "vendor_confidence": "host"})
    assert agreement(messages(1, platform=platform), rows)["n_agree"].tolist() == [int(same)]


# What two thirds needs


def test_inbox_shares_count_plain_text_in_the_denominator() -> None:
    letters, persons = messages(40), messages(60)
    shares = inbox_shares(
        (letters, resources(*(key(i) for i in range(30)))), (persons, resources(key(0))), find_definition("spy_pixel")
    )
    assert set(shares) == {"newsletter", "personal"}
    assert (shares["newsletter"].share, shares["personal"].share) == (30 / 40, 1 / 60)
    assert shares["newsletter"].definition == "spy_pixel"


def test_two_thirds_needs_the_mix_worked_out_by_hand() -> None:
    needs = two_thirds_needs({"newsletter": share(0.9, low=0.8, high=1.0), "personal": share(0.1, low=0.0, high=0.2)})
    assert needs["share"] == pytest.approx((2 / 3 - 0.1) / 0.8)
    assert needs["low"] == pytest.approx((2 / 3 - 0.2) / 0.8)
    assert needs["high"] == pytest.approx((2 / 3) / 0.8)
    assert needs["low"] < needs["share"] < needs["high"]
    mixed = needs["share"] * 0.9 + (1 - needs["share"]) * 0.1
    assert mixed == pytest.approx(2 / 3)


def test_where_newsletters_alone_fall_short_no_mix_is_enough() -> None:
    needs = two_thirds_needs({"newsletter": share(0.6, high=0.7), "personal": share(0.0)})
    assert math.isnan(needs["share"])
    assert math.isnan(needs["high"])
    assert needs["low"] == pytest.approx((2 / 3) / 0.7)


def test_an_inbox_of_personal_mail_that_has_two_thirds_needs_no_newsletter() -> None:
    needs = two_thirds_needs({"newsletter": share(0.9), "personal": share(0.7)})
    assert needs == {"share": 0.0, "low": 0.0, "high": 0.0}
    same = two_thirds_needs({"newsletter": share(0.7), "personal": share(0.7)})
    assert same["share"] == 0.0
