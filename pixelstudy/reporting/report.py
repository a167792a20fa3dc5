"""The report: one self-contained page, without scripts, web addresses, or markup from any mail.

Every string on the page has been through :func:`~.text.printable`, so that it can't hide anything or change the
direction of text, and through Jinja's escaping, so that it can't be markup. The page itself forbids the browser to load
anything.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from pixelstudy import __version__
from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.redaction import (
    FEWEST,
    WRITTEN_BY_OWNER,
    WRITTEN_BY_PERSONS,
    in_few_messages,
    redact_messages,
    redact_resources,
)
from pixelstudy.extraction.whose import told_apart
from pixelstudy.figures.colours import COLOURS
from pixelstudy.figures.hosts import readable_host
from pixelstudy.measure.comparisons import by_definition
from pixelstudy.measure.definitions import GROUPS
from pixelstudy.measure.denominators import chosen_populations, in_words
from pixelstudy.measure.prevalence import prevalence
from pixelstudy.measure.reach import KINDS_OF_VENDOR
from pixelstudy.measure.senders import companies, learned_by_sender
from pixelstudy.measure.shares import MIN_MESSAGES, MIN_SENDERS, percent
from pixelstudy.measure.turnover import stayed
from pixelstudy.reporting.account import account_of, headline, measured_html, with_spam
from pixelstudy.reporting.marks import beside, by_year, ends, mark
from pixelstudy.reporting.text import elided, printable
from pixelstudy.reporting.timeline import Year, cells_of, years_of
from pixelstudy.storage.home import released_folder
from pixelstudy.storage.places import Place, RemotePath, place, whole_file
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, SURE_OF_VENDOR

__all__ = ["report_html", "write_report"]

CARDS = 200
"""How many senders have a card of their own; any others are rows of a table."""

TOP = 20
"""How many senders the table of years has."""

LEAVE = 10
"""How many senders are named to unsubscribe from."""

SQUARES = 100
"""With fewer messages no hundred squares are drawn."""


def write_report(
    folder: str | os.PathLike[str] | RemotePath,
    out: str | os.PathLike[str],
    *,
    redact: bool = False,
    populations: Sequence[str] | None = None,
) -> Path:
    """Write the report of `folder` to `out`, whole or not at all; return its path.

    The other parameters are those of :func:`report_html`.

    Raises
    ------
    UserError
        When the folder holds no tables, or the page can't be written.
    """
    html, path = report_html(folder, redact=redact, populations=populations), Path(out)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(html.encode())
    except OSError as error:
        raise UserError(f"{path} can't be written: {error.strerror}; name another file with --out") from None
    return path


def report_html(
    folder: str | os.PathLike[str] | RemotePath, *, redact: bool = False, populations: Sequence[str] | None = None
) -> str:
    """Return the report of `folder`; the same tables give the same page.

    Parameters
    ----------
    folder
        Where ``pixelstudy extract`` wrote its tables, or one of ``data/corpora/``.
    redact
        Whether to leave out what should not be shared: file names, people, and senders with few messages. The shares
        stay the same.
    populations
        What is measured; ``received`` by default.

    Raises
    ------
    UserError
        When the folder holds no tables.
    """
    folder = place(folder)
    messages, resources = read_table(MESSAGES, folder), read_table(RESOURCES, folder)
    skipped = read_table(SKIPPED, folder, columns=["reason"])
    populations = chosen_populations(populations)
    fewest = FEWEST if redact else 1
    account = account_of(messages, skipped["reason"], populations, fewest=fewest)
    measured, (chosen, has) = messages[messages["population"].isin(populations)], measured_html(messages, populations)
    here = resources[resources["message_key"].isin(chosen["message_key"])]
    share, findings = headline(messages, populations), _findings()
    both = with_spam(messages, populations, share)
    years = years_of(chosen, fewest=fewest)
    page = {
        "version": __version__,
        "colours": COLOURS,
        "is_redacted": redact,
        "fewest": FEWEST,
        "names_of_boxes": () if redact else _names(folder),
        "account": account,
        "others": {name: n for name, n in account.populations.items() if name not in populations},
        "is_spam": "spam" in populations,
        "n_remote": int((measured["n_resources"] > 0).sum()),
        "what": in_words(populations),
        "share": share,
        "headline": None if share["is_refused"] else _share_words(share),
        "min_messages": MIN_MESSAGES,
        "min_senders": MIN_SENDERS,
        "of_all": percent(share["n_with"] / max(account.n_measured, 1)),
        "with_spam": None if both is None else _share_words(both),
        "stripped": () if redact else tuple(account.stripped),
        "n_stripped": sum(account.stripped.values()),
        "squares": _squares(chosen, here) if share["n_messages"] >= SQUARES and not share["is_refused"] else (),
        "clients": _clients(),
        "beside": beside(
            share, findings, what=in_words(populations), published=released_folder() / "data" / "published.csv"
        ),
        "groups": GROUPS,
        "definitions": [
            mark(row, row["short"], row["title"], row["group"], cells=(row["source"],))
            for row in by_definition(chosen, here)
            .sort_values("n_with", ascending=False, kind="stable")
            .to_dict("records")
        ],
        "does": KINDS_OF_VENDOR,
        "n_lookalike": _n_lookalike(here),
        "kinds": [
            mark(row, str(row["kind"]), _KINDS[row["kind"]], "mine")
            for row in prevalence(chosen, has, by="kind").to_dict("records")
        ],
        "years": years,
        "year_marks": by_year(prevalence(chosen, has, by="year"), years),
        "both": stayed(chosen[chosen["year"].isin([year.year for year in years])], has) if len(years) > 1 else None,
        "checked": findings.get("06-check-the-detector", {}),
        **_senders(measured, here, chosen, redact=redact, years=years),
    }
    return str(_template(is_exact=not redact).render(page))


def _template(*, is_exact: bool) -> Any:
    """Return the page to fill in; dates are days, or months unless `is_exact`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pixelstudy.reporting", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Only the template marks strings as safe; all others are made printable, then escaped.
        finalize=lambda value: printable(value).replace(" %", "\u00a0%") if type(value) is str else value,
    )
    environment.filters |= {
        "number": _number,
        "listed": _listed,
        "percent": percent,
        "host": readable_host,
        "elided": elided,
        "date": lambda at: f"{at.day} {at:%b %Y}" if is_exact else f"{at:%b %Y}",
        "on": lambda date: f"on {date}" if is_exact else f"in {date}",
    }
    return environment.get_template("report.html.j2")


_KINDS = {
    "newsletter": "bulk headers",
    "list": "a discussion list's headers",
    "personal": "no header says otherwise",
    "automatic": "receipts, notices, automatic replies",
}


def _clients() -> list[dict[str, str]]:
    """Return the settings that keep images out, one mail program a row."""
    text = (files("pixelstudy.reporting") / "clients.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _findings() -> dict[str, Any]:
    """Return what the study found on the public corpora; nothing if its results are not here."""
    try:
        found = json.loads((released_folder() / "data" / "results" / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(folder: Place) -> tuple[str, ...]:
    """Return the names of the mailboxes that were read, without the folders they are in."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return tuple(Path(name).name for name in run["arguments"]["mailboxes"])
    except (OSError, ValueError, KeyError, TypeError):
        return (folder.resolve().name,)


def _squares(chosen: pd.DataFrame, resources: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Return the class, the meaning and the number of each part of the hundred squares."""
    from pixelstudy.figures.pictures import hundred

    rank = resources["verdict"].map({"spy_pixel": 0, "tracked_content": 1, "counting_pixel": 1}).fillna(2)
    best = chosen["message_key"].map(rank.groupby(resources["message_key"]).min()).fillna(3)
    counts = hundred({str(i): float((best == i).mean()) for i in range(4)})
    return [
        (name, words, counts[str(i)])
        for i, (name, words) in enumerate(
            (
                ("spy", "hold a spy pixel"),
                ("told", "hold no spy pixel, but a counting pixel or a picture that tells on you"),
                ("load", "load something, but nothing that tells on you"),
                ("none", "load nothing"),
            )
        )
    ]


def _n_lookalike(resources: pd.DataFrame) -> int:
    """Return how many messages have a spy pixel that only looks like a vendor's."""
    pixels = resources[(resources["verdict"] == "spy_pixel") & (resources["vendor_confidence"] == "shape")]
    return int(pixels["message_key"].nunique())


def _senders(
    measured: pd.DataFrame, resources: pd.DataFrame, chosen: pd.DataFrame, *, redact: bool, years: Sequence[Year]
) -> dict[str, Any]:
    """Return the senders and companies that are named, and the numbers of the others."""
    n_html = chosen["sender_site"].nunique()
    if redact:
        resources, chosen = _redacted(measured, resources, chosen)
    everybody = learned_by_sender(chosen, resources)
    named = [one for one in everybody if not redact or one.n_messages >= FEWEST]
    spying = [one for one in named if one.n_spied]
    telling = [one for one in named if one.tells]
    names = {one.name for one in named}
    a_year_ago = chosen["sent_at"].max() - pd.Timedelta(days=365)
    writing = [one for one in spying if one.last is not None and one.last >= a_year_ago]
    found = [one for one in companies(chosen, resources) if not redact or one.n_messages >= FEWEST]
    return {
        "cards": telling[:CARDS],
        "rows": telling[CARDS:],
        "quiet": [one for one in named if not one.tells],
        "spying": spying,
        "new": [one for one in spying if len(years) > 1 and one.first is not None and one.first.year == years[-1].year],
        "leave": [one for one in writing if one.n_unsubscribe][:LEAVE],
        "stay": [one for one in writing if one.n_unsubscribe == 0][:LEAVE],
        "n_spying": sum(one.n_spied > 0 for one in everybody),
        "n_quiet": sum(not one.tells for one in everybody),
        "n_senders": len(everybody),
        "n_folded": len(everybody) - len(named),
        "n_text": told_apart(measured)["sender_site"].nunique() - n_html,
        "companies": [(one, [name for name in one.senders if name in names]) for one in found],
        "grid": cells_of(chosen, [one.name for one in spying[:TOP]], years) if len(years) > 1 else [],
    }


def _redacted(
    messages: pd.DataFrame, resources: pd.DataFrame, chosen: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return resources and chosen messages as they may be shared, without those of persons.

    Released tables are redacted already; redacting again changes nothing.
    """
    is_rare = in_few_messages(resources["site"], resources["message_key"])
    is_rare &= ~resources["vendor_confidence"].isin(SURE_OF_VENDOR)
    shown = redact_resources(resources, messages)
    shown["site"] = shown["site"].mask(is_rare, "a site in few messages")
    shown["host"] = shown["host"].mask(is_rare, "…")
    kept = redact_messages(messages).loc[chosen.index]
    is_left_out = kept["kind"].isin(WRITTEN_BY_PERSONS) | kept["population"].isin(WRITTEN_BY_OWNER)
    return shown, kept[~is_left_out]


def _share_words(share: Mapping[str, Any]) -> dict[str, str]:
    return {
        "percent": percent(share["share"]),
        "ends": ends(share["low"], share["high"]),
        "n": f"{share['n_messages']:,}",
        "once": percent(share["sender_share"]),
        "once_ends": ends(share["sender_low"], share["sender_high"]),
    }


def _number(value: int) -> str:
    return f"{value:,}"


def _listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
