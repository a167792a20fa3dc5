from __future__ import annotations

import json
import math
import time

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.stats import t as student  # type: ignore[import-untyped]
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

from pixelstudy.errors import UserError
from pixelstudy.measure import intervals
from pixelstudy.measure import prevalence as module
from pixelstudy.measure.intervals import wilson
from pixelstudy.measure.prevalence import prevalence, standardise, vendor_shares
from pixelstudy.measure.shares import Rules, Share, cluster_bootstrap

NUMBERS = ["share", "low", "high", "sender_share", "sender_low", "sender_high"]


def drawn(
    random: np.random.Generator, n_senders: int, *, share: float, alike: float, spread: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The sender of each message and whether it has a pixel: sizes log-normal, senders' shares beta."""
    size = np.maximum(1, random.lognormal(math.log(12), spread, n_senders)).astype(int)
    own = random.beta(share * (1 - alike) / alike, (1 - share) * (1 - alike) / alike, n_senders)
    sender = np.repeat(np.arange(n_senders), size)
    return sender, random.random(len(sender)) < own[sender]


def corpus(n_senders: int, *, alike: float = 0.4, seed: int = 0) -> tuple[pd.DataFrame, pd.Series[bool]]:
    random = np.random.default_rng(seed)
    sender, has = drawn(random, n_senders, share=0.6, alike=alike, spread=0.8)
    messages = pd.DataFrame({"sender_site": [f"s{i}.example" for i in sender]})
    messages["message_key"] = [f"{i:016x}" for i in range(len(messages))]
    messages["kind"] = random.choice(["newsletter", "personal"], len(messages))
    messages["year"] = pd.array(random.choice([2019, 2020, 2021], len(messages)), dtype="Int64")
    return messages, pd.Series(has, index=messages.index)


def counted(*senders: tuple[int, int], **columns: str) -> tuple[pd.DataFrame, pd.Series[bool]]:
    """A frame of senders given as (messages with a pixel, messages)."""
    sender = np.repeat(np.arange(len(senders)), [n for _, n in senders])
    has = np.concatenate([np.arange(n) < n_with for n_with, n in senders])
    frame = pd.DataFrame({"sender_site": [f"s{i}.example" for i in sender]}).assign(**columns)
    return frame, pd.Series(has, index=frame.index)


# The bootstrap over senders


def test_shares_by_message_and_by_sender_are_those_counted_by_hand() -> None:
    messages, has = counted((9, 10), (1, 4), (0, 1))
    found = cluster_bootstrap(has, messages["sender_site"])
    assert (found.n_messages, found.n_with, found.n_senders) == (15, 10, 3)
    assert found.share == pytest.approx(10 / 15)
    assert found.sender_share == pytest.approx((0.9 + 0.25 + 0) / 3)


def test_interval_is_that_of_the_variance_worked_out_by_hand() -> None:
    # Ten senders of ten messages: the variance of the mean of the senders' shares has a closed form.
    own = np.array([0, 1, 2, 5, 5, 6, 8, 9, 10, 10])
    messages, has = counted(*((int(k), 10) for k in own))
    found = cluster_bootstrap(has, messages["sender_site"], rules=Rules(n_resamples=40_000))
    share, variance, z = 0.56, (own / 10).var(ddof=1) / 10, student.ppf(0.975, 9)
    n = share * (1 - share) / variance
    middle = (share + z**2 / 2 / n) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / 4 / n**2)
    assert (found.low, found.high) == pytest.approx((middle - reach, middle + reach), abs=0.004)
    assert (found.sender_low, found.sender_high) == pytest.approx((found.low, found.high), abs=1e-9)
    assert found.method == "bootstrap over 10 senders"


@pytest.mark.parametrize(
    ("n_senders", "share", "alike", "spread"),
    [(8, 0.66, 0.4, 0.8), (40, 0.66, 0.4, 0.8), (40, 0.10, 0.1, 0.8), (150, 0.30, 0.6, 1.2)],
)
def test_the_interval_covers_the_truth_as_often_as_it_says(
    n_senders: int, share: float, alike: float, spread: float
) -> None:
    # `alike` is the correlation within a sender. Over 1,500 corpora each the coverage by message was 0.957,
    # 0.948, 0.940 and 0.935, by sender 0.947 to 0.953; two standard errors of 400 corpora are 0.025.
    random, covered = np.random.default_rng(2021), np.zeros(3)
    for _ in range(400):
        sender, has = drawn(random, n_senders, share=share, alike=alike, spread=spread)
        found = cluster_bootstrap(has, sender, rules=Rules(n_resamples=300))
        low, high = wilson(found.n_with, found.n_messages)
        covered += [
            found.low <= share <= found.high,
            found.sender_low <= share <= found.sender_high,
            low <= share <= high,
        ]
    by_message, by_sender, as_if_independent = covered / 400
    assert 0.90 <= by_message <= 0.99
    assert 0.90 <= by_sender <= 0.99
    assert as_if_independent < 0.80


def test_the_result_depends_neither_on_the_order_of_rows_nor_on_the_names() -> None:
    messages, has = corpus(50, seed=5)
    found = cluster_bootstrap(has, messages["sender_site"])
    order = np.random.default_rng(1).permutation(len(messages))
    renamed = messages["sender_site"].map({s: f"x{hash(s) % 10**9}" for s in messages["sender_site"].unique()})
    assert cluster_bootstrap(has.iloc[order], messages["sender_site"].iloc[order]) == found
    assert cluster_bootstrap(has, renamed) == found
    assert cluster_bootstrap(has, messages["sender_site"].astype("category")) == found


def test_swapping_with_and_without_mirrors_the_interval() -> None:
    messages, has = corpus(50, seed=6)
    found, other = (cluster_bootstrap(h, messages["sender_site"], rules=Rules(n_resamples=20_000)) for h in (has, ~has))
    assert (other.share, other.low, other.high) == pytest.approx(
        (1 - found.share, 1 - found.high, 1 - found.low), abs=0.004
    )


def test_the_seed_decides_and_nothing_else_does() -> None:
    messages, has = corpus(50, seed=7)
    first, again, other = (cluster_bootstrap(has, messages["sender_site"], rules=Rules(seed=s)) for s in (1, 1, 2))
    assert first == again
    assert first.low != other.low


def test_memory_is_bounded_by_chunks_that_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    messages, has = corpus(50, seed=8)
    whole = cluster_bootstrap(has, messages["sender_site"])
    monkeypatch.setattr(intervals, "CELLS", 500)
    chunked = cluster_bootstrap(has, messages["sender_site"])
    assert (chunked.low, chunked.high) == pytest.approx((whole.low, whole.high), abs=1e-12)


def test_likeness_within_senders_widens_the_interval() -> None:
    messages, has = corpus(50, alike=0.5, seed=9)
    found = cluster_bootstrap(has, messages["sender_site"])
    low, high = wilson(found.n_with, found.n_messages)
    assert found.high - found.low > 1.5 * (high - low)


def test_a_higher_level_gives_a_wider_interval() -> None:
    messages, has = corpus(50, seed=9)
    narrow, wide = (cluster_bootstrap(has, messages["sender_site"], rules=Rules(level=level)) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.level == 0.99


# Where the bootstrap has nothing to say


@pytest.mark.parametrize("every", [0, 1])
def test_all_or_none_gives_wilson_on_the_effective_number_of_senders(every: int) -> None:
    messages, has = counted(*((every * n, n) for n in (40, 10, 10, 10, 10, 10, 10)))
    found = cluster_bootstrap(has, messages["sender_site"])
    k = 100**2 / (40**2 + 6 * 10**2)  # 4.55, Kish
    z = student.ppf(0.975, k - 1)
    far = z**2 / (k + z**2)
    assert (found.low, found.high) == pytest.approx((0, far) if every == 0 else (1 - far, 1), rel=0.003)
    assert found.sender_high - found.sender_low < found.high - found.low
    assert found.method == "Wilson on 4.55 effective senders"


def test_none_of_20_equal_senders_is_near_the_rule_of_three_over_senders() -> None:
    messages, has = counted(*[(0, 50)] * 20)
    assert 3 / 20 < cluster_bootstrap(has, messages["sender_site"]).high < 0.19


def test_one_sender_says_almost_nothing_about_others() -> None:
    messages, has = counted((500, 1000))
    found = cluster_bootstrap(has, messages["sender_site"])
    assert found.low < 0.01
    assert found.high > 0.99


def test_senders_more_alike_than_chance_count_as_independent_messages_at_best() -> None:
    messages, has = counted(*[(5, 10)] * 400)
    found = cluster_bootstrap(has, messages["sender_site"])
    assert (found.low, found.high) == pytest.approx(wilson(2000, 4000), abs=1e-4)


def test_each_message_its_own_sender_is_plain_wilson() -> None:
    has = np.arange(100) < 30
    for senders in (np.arange(100), pd.Series([None] * 100, dtype="str")):
        found = cluster_bootstrap(has, senders)
        assert (found.low, found.high) == wilson(30, 100) == (found.sender_low, found.sender_high)
        assert (found.method, found.n_senders) == ("Wilson", 100)


def test_a_message_without_a_sender_is_a_sender_of_its_own() -> None:
    senders = pd.Series(["a.example"] * 4 + [None, None], dtype="str")
    found = cluster_bootstrap(np.array([1, 1, 1, 1, 0, 0], bool), senders)
    assert found.n_senders == 3
    assert found.sender_share == pytest.approx(1 / 3)


def test_no_messages_or_unequal_lengths_are_refused() -> None:
    with pytest.raises(UserError, match="0 messages"):
        cluster_bootstrap(np.array([], bool), np.array([]))
    with pytest.raises(UserError, match="2 messages and 3 senders"):
        cluster_bootstrap(np.array([True, False]), np.array(["a", "b", "c"]))


# Tables of shares


def test_prevalence_without_groups_is_one_row_equal_to_the_bootstrap() -> None:
    messages, has = corpus(30, seed=11)
    table = prevalence(messages, has, definition="spy_pixel")
    found = cluster_bootstrap(has, messages["sender_site"], definition="spy_pixel")
    assert len(table) == 1
    row = {str(name): value for name, value in table.iloc[0].items() if name != "is_refused"}
    assert Share(**row) == found


def test_groups_are_sorted_with_the_missing_one_last_and_each_is_as_if_alone() -> None:
    messages, has = corpus(60, seed=12)
    messages.loc[messages.index[::4], "year"] = pd.NA
    table = prevalence(messages, has, by="year")
    assert table["year"].iloc[:3].tolist() == [2019, 2020, 2021]
    assert pd.isna(table["year"].iloc[3])
    assert table["n_messages"].sum() == len(messages)
    part = (messages["year"] == 2020).fillna(False).astype(bool)
    alone = prevalence(messages[part], has[part])
    pd.testing.assert_frame_equal(table.iloc[[1]][NUMBERS].reset_index(drop=True), alone[NUMBERS], check_exact=True)


def test_groups_of_two_columns_hold_both() -> None:
    messages, has = corpus(60, seed=12)
    table = prevalence(messages, has, by=["year", "kind"])
    assert table[["year", "kind"]].drop_duplicates().shape == (6, 2)
    expected = has.groupby([messages["year"], messages["kind"]]).mean().to_numpy()
    assert table["share"].to_numpy() == pytest.approx(expected)


def test_prevalence_does_not_need_a_plain_index() -> None:
    messages, has = corpus(30, seed=13)
    moved = messages.set_index("message_key", drop=False)
    table = prevalence(moved, has.set_axis(moved.index), by="kind")
    pd.testing.assert_frame_equal(table, prevalence(messages, has, by="kind"))


def test_a_group_under_a_floor_keeps_its_counts_and_has_no_share() -> None:
    few_messages, has_1 = counted(*[(1, 4)] * 7, kind="few messages")
    few_senders, has_2 = counted(*[(5, 20)] * 4, kind="few senders")
    enough, has_3 = counted(*[(3, 6)] * 5, kind="enough")
    messages = pd.concat([few_messages, few_senders, enough], ignore_index=True)
    has = pd.concat([has_1, has_2, has_3], ignore_index=True)
    table = prevalence(messages, has, by="kind").set_index("kind")
    assert dict(table["is_refused"]) == {"enough": False, "few messages": True, "few senders": True}
    counts = table[["n_messages", "n_with", "n_senders"]].loc["few messages"]
    assert list(counts) == [28, 7, 7]
    assert table.loc[["few messages", "few senders"], NUMBERS].isna().all(axis=None)
    assert table.loc["enough", NUMBERS].notna().all()
    assert table.loc["few messages", "method"] == "refused: under 30 messages"
    assert table.loc["few senders", "method"] == "refused: under 5 senders"
    lower = prevalence(messages, has, by="kind", rules=Rules(min_messages=20, min_senders=4))
    assert not lower["is_refused"].any()


def test_shares_of_single_senders_are_wilson_and_have_a_floor_of_messages_alone() -> None:
    messages, has = counted((10, 40), (3, 10))
    table = prevalence(messages, has, by="sender_site").set_index("sender_site")
    big, small = table.loc["s0.example"], table.loc["s1.example"]
    assert (big["low"], big["high"]) == wilson(10, 40)
    assert (big["method"], big["n_senders"]) == ("Wilson", 1)
    assert pd.isna(big["sender_share"])
    assert small["is_refused"]
    assert (small["n_messages"], small["n_with"]) == (10, 3)
    domains = prevalence(messages.assign(sender_domain="a.example"), has, by="sender_domain")
    assert (domains["low"].iloc[0], domains["n_senders"].iloc[0]) == (wilson(13, 50)[0], 2)


def test_no_messages_give_a_refused_row_or_no_group() -> None:
    messages, has = corpus(5)
    assert prevalence(messages.iloc[:0], has.iloc[:0])["is_refused"].tolist() == [True]
    assert prevalence(messages.iloc[:0], has.iloc[:0], rules=Rules(min_messages=0))["is_refused"].tolist() == [True]
    assert len(prevalence(messages.iloc[:0], has.iloc[:0], by="kind")) == 0


def test_has_must_fit_the_messages() -> None:
    messages, has = corpus(5)
    with pytest.raises(UserError, match="index"):
        prevalence(messages, has.iloc[::-1])
    with pytest.raises(UserError, match="1 missing"):
        prevalence(messages, has.astype("boolean").where(has.index != 3))
    with pytest.raises(UserError, match="int64"):
        prevalence(messages, has.astype(int))  # type: ignore[arg-type]
    with pytest.raises(UserError, match="no column country"):
        prevalence(messages, has, by="country")


def test_a_share_goes_into_json_with_missing_numbers_as_null() -> None:
    share = Share(3, 1, math.nan, math.nan, math.nan, 2, math.nan, math.nan, math.nan, "refused")
    assert share.is_refused
    read = json.loads(json.dumps(share.as_dict(), allow_nan=False))
    assert (read["n_messages"], read["share"], read["definition"]) == (3, None, "")
    messages, has = corpus(30)
    json.dumps(cluster_bootstrap(has, messages["sender_site"]).as_dict(), allow_nan=False)


# Vendors


def resources(*rows: tuple[str | None, ...]) -> pd.DataFrame:
    names = ["message_key", "vendor", "vendor_kind", "vendor_confidence", "verdict"]
    return pd.DataFrame(rows, columns=names).astype("str")


def test_a_vendor_counts_once_a_message_by_host_and_verdict_alone() -> None:
    messages, _ = corpus(30, seed=14)
    keys = messages["message_key"].tolist()
    table = vendor_shares(
        messages,
        resources(
            (keys[0], "Acme", "bulk_mailer", "host", "spy_pixel"),
            (keys[0], "Acme", "bulk_mailer", "host", "spy_pixel"),
            (keys[1], "Acme", "bulk_mailer", "host", "spy_pixel"),
            (keys[2], "Acme", "bulk_mailer", "shape", "spy_pixel"),
            (keys[3], "Acme", "bulk_mailer", "host", "content"),
            ("feedfeedfeedfeed", "Acme", "bulk_mailer", "host", "spy_pixel"),
            *((key, "Brill", "sales_tool", "host", "spy_pixel") for key in keys[:3]),
            (keys[4], None, None, None, "spy_pixel"),
        ),
    )
    assert table[["vendor", "vendor_kind", "n_with"]].to_numpy().tolist() == [
        ["Brill", "sales_tool", 3],
        ["Acme", "bulk_mailer", 2],
    ]
    assert (table["n_messages"] == len(messages)).all()
    alone = prevalence(messages, messages["message_key"].isin(keys[:2]))
    # The senders are drawn once for both vendors, so the ends differ by the noise of the draws.
    assert table[NUMBERS].iloc[1].tolist() == pytest.approx(alone[NUMBERS].iloc[0].tolist(), abs=0.005)
    assert table["method"].iloc[1] == alone["method"].iloc[0]


def of_many_vendors(n_senders: int, n_vendors: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Senders, each of which uses two vendors of many."""
    messages, _ = corpus(n_senders, seed=21)
    number = messages["sender_site"].str.extract(r"(\d+)", expand=False).astype(int)
    random = np.random.default_rng(22)
    vendor = [f"v{(n * 7 + random.integers(2)) % n_vendors:03}" for n in number]
    rows = zip(messages["message_key"], vendor, strict=True)
    return messages, resources(*((key, name, "bulk_mailer", "host", "spy_pixel") for key, name in rows))


def test_many_vendors_at_once_have_the_intervals_of_each_alone() -> None:
    messages, rows = of_many_vendors(200, 12)
    table = vendor_shares(messages, rows).set_index("vendor")
    for vendor, together in table.iterrows():
        keys = rows.loc[rows["vendor"] == vendor, "message_key"]
        alone = prevalence(messages, messages["message_key"].isin(keys)).iloc[0]
        assert together["n_with"] == alone["n_with"]
        assert together[NUMBERS].tolist() == pytest.approx(alone[NUMBERS].tolist(), abs=0.01)


def test_vendors_do_not_depend_on_the_order_of_rows() -> None:
    messages, rows = of_many_vendors(60, 9)
    table = vendor_shares(messages, rows)
    again = vendor_shares(messages.iloc[::-1], rows.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(table, again)


def test_vendors_are_counted_in_blocks_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    messages, rows = of_many_vendors(60, 9)
    whole = vendor_shares(messages, rows)
    monkeypatch.setattr(module, "CELLS", 130)
    blocks = vendor_shares(messages, rows)
    assert blocks["vendor"].tolist() == whole["vendor"].tolist()
    assert blocks["n_with"].tolist() == whole["n_with"].tolist()
    assert blocks[NUMBERS].to_numpy() == pytest.approx(whole[NUMBERS].to_numpy(), abs=0.01)


def test_hundreds_of_vendors_take_seconds() -> None:
    messages, rows = of_many_vendors(3000, 300)
    start = time.perf_counter()
    assert len(vendor_shares(messages, rows)) == 300
    assert time.perf_counter() - start < 10


def test_verdicts_say_what_counts_for_a_vendor() -> None:
    messages, _ = corpus(30, seed=14)
    rows = resources((messages["message_key"].iloc[0], "Acme", "panel", "host", "counting_pixel"))
    assert len(vendor_shares(messages, rows)) == 0
    assert len(vendor_shares(messages, rows, verdicts=["spy_pixel", "counting_pixel"])) == 1


def test_a_message_that_occurs_twice_is_refused() -> None:
    messages, _ = corpus(5)
    with pytest.raises(UserError, match="twice"):
        vendor_shares(pd.concat([messages, messages]).reset_index(drop=True), resources())


# Standardisation


def test_standardising_gives_the_share_worked_out_by_hand() -> None:
    newsletters, has_1 = counted(*[(10, 10)] * 5, *[(4, 10)] * 5, kind="newsletter")  # 0.7
    personal, has_2 = counted(*[(0, 10)] * 8, *[(5, 10)] * 7, kind="personal")  # 7 / 30
    personal["sender_site"] = "p" + personal["sender_site"]
    messages = pd.concat([newsletters, personal], ignore_index=True)
    has = pd.concat([has_1, has_2], ignore_index=True)
    found = standardise(messages, has, weights={"newsletter": 3, "personal": 1})
    assert found.share == pytest.approx(0.75 * 0.7 + 0.25 * 7 / 30)
    assert found.sender_share == pytest.approx(found.share)  # all senders have ten messages
    assert (found.n_messages, found.n_with, found.n_senders) == (250, 105, 25)
    assert "newsletter 0.75, personal 0.25" in found.method
    # Strata with no sender in common: their variances add (Wald's width, which ours must come near to).
    own = [np.array([1.0] * 5 + [0.4] * 5), np.array([0.0] * 8 + [0.5] * 7)]
    deviation = math.sqrt(sum(w**2 * o.var(ddof=1) / len(o) for w, o in zip((0.75, 0.25), own, strict=True)))
    assert found.high - found.low == pytest.approx(2 * 1.96 * deviation, rel=0.25)
    assert found.sender_low < found.share < found.sender_high


def test_independent_messages_give_the_interval_of_zou_huang_and_zhang() -> None:
    # Two strata of independent messages: square-and-add on statsmodels' Wilson ends.
    n, n_with, weights = np.array([80, 50]), np.array([60, 5]), np.array([0.6, 0.4])
    messages = pd.DataFrame({"kind": np.repeat(["newsletter", "personal"], n)})
    messages["sender_site"] = pd.Series([None] * 130, dtype="str")
    has = pd.Series(np.concatenate([np.arange(a) < b for a, b in zip(n, n_with, strict=True)]))
    found = standardise(messages, has, weights={"newsletter": 0.6, "personal": 0.4})
    low, high = proportion_confint(n_with, n, method="wilson")
    share = weights @ (n_with / n)
    assert found.share == pytest.approx(share)
    assert found.low == pytest.approx(share - math.sqrt(((weights * (n_with / n - low)) ** 2).sum()))
    assert found.high == pytest.approx(share + math.sqrt(((weights * (high - n_with / n)) ** 2).sum()))
    assert found.method.startswith("Wilson, mixed as")


def test_the_corpus_own_mix_gives_the_corpus_own_share() -> None:
    messages, has = corpus(60, seed=15)
    own = messages["kind"].value_counts().to_dict()
    found, plain = standardise(messages, has, weights=own), cluster_bootstrap(has, messages["sender_site"])
    assert found.share == pytest.approx(plain.share)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.03)


def test_senders_in_several_strata_keep_the_correlation_between_them() -> None:
    # Each sender has the same share in both kinds: pretending the strata apart would be too sure.
    one, has_1 = counted(*[(k, 10) for k in range(11)] * 2, kind="newsletter")
    both = pd.concat([one, one.assign(kind="personal")], ignore_index=True)
    has = pd.concat([has_1, has_1], ignore_index=True)
    mix = {"newsletter": 0.5, "personal": 0.5}
    same = standardise(both, has, weights=mix)
    apart = standardise(both.assign(sender_site=both["kind"] + both["sender_site"]), has, weights=mix)
    assert same.high - same.low > 1.3 * (apart.high - apart.low)


def test_strata_that_are_all_or_none_still_widen_the_interval() -> None:
    newsletters, has_1 = counted(*[(10, 10)] * 6, kind="newsletter")
    personal, has_2 = counted(*[(0, 10)] * 6, kind="personal")
    personal["sender_site"] = "p" + personal["sender_site"]
    found = standardise(
        pd.concat([newsletters, personal], ignore_index=True),
        pd.concat([has_1, has_2], ignore_index=True),
        weights={"newsletter": 0.5, "personal": 0.5},
    )
    assert found.share == 0.5
    assert found.low < 0.4
    assert found.high > 0.6


def test_strata_of_no_weight_are_left_out_of_the_counts() -> None:
    messages, has = corpus(60, seed=16)
    found = standardise(messages, has, weights={"newsletter": 1, "personal": 0})
    kept = messages["kind"] == "newsletter"
    alone = cluster_bootstrap(has[kept], messages.loc[kept, "sender_site"])
    assert found == alone


def test_other_columns_than_kind_can_be_held_fixed() -> None:
    messages, has = corpus(60, seed=17)
    found = standardise(messages, has, over="year", weights={2019: 1, 2021: 1})
    means = has.groupby(messages["year"]).mean()
    assert found.share == pytest.approx((means[2019] + means[2021]) / 2)


def test_a_stratum_under_a_floor_refuses_the_share_and_is_named() -> None:
    messages, has = corpus(60, seed=18)
    messages.loc[:9, "kind"] = "automatic"
    found = standardise(messages, has, weights={"newsletter": 1, "automatic": 1})
    assert found.is_refused
    assert found.method == "refused: under 30 messages of automatic"
    assert found.n_messages == messages["kind"].isin(["newsletter", "automatic"]).sum()


def test_weights_that_make_no_mix_are_refused() -> None:
    messages, has = corpus(20)
    for weights in ({}, {"newsletter": 0.0}, {"newsletter": 2, "personal": -1}, {"newsletter": math.nan}):
        with pytest.raises(UserError, match="make no mix"):
            standardise(messages, has, weights=weights)
    with pytest.raises(UserError, match=r"automatic.*there are: newsletter, personal"):
        standardise(messages, has, weights={"newsletter": 1, "automatic": 1})


def test_a_million_messages_of_ten_thousand_senders_take_seconds() -> None:
    random = np.random.default_rng(0)
    size = random.lognormal(0, 1.5, 10_000)
    sender = random.choice(10_000, 1_000_000, p=size / size.sum())
    start = time.perf_counter()
    found = cluster_bootstrap(random.random(1_000_000) < random.beta(0.4, 0.3, 10_000)[sender], sender)
    assert time.perf_counter() - start < 20
    assert found.low < found.share < found.high
