"""The report: one self-contained page, without scripts, web addresses, or markup from any mail.

Every string on the page has been through :func:`~.text.printable`, so that it can't hide anything or change the
direction of text, and through Jinja's escaping, so that it can't be markup. The page itself forbids the browser to load
anything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pixelstudy import __version__
from pixelstudy.errors import UserError
from pixelstudy.extraction.parquet import read_table
from pixelstudy.extraction.redaction import (
    FEWEST,
    WRITTEN_BY_PERSONS,
    in_few_messages,
    redact_messages,
    redact_resources,
)
from pixelstudy.measure.comparisons import by_definition
from pixelstudy.measure.definitions import GROUPS, HEADLINE
from pixelstudy.measure.denominators import chosen_populations, in_words
from pixelstudy.measure.prevalence import prevalence, vendor_shares
from pixelstudy.measure.senders import Sender, learned_by_sender
from pixelstudy.measure.shares import MIN_MESSAGES, MIN_SENDERS, percent
from pixelstudy.reporting.account import account_of, headline, measured_html, with_spam
from pixelstudy.reporting.marks import beside, by_year, mark
from pixelstudy.reporting.text import printable
from pixelstudy.storage.home import released_folder
from pixelstudy.storage.places import Place, RemotePath, place, whole_file
from pixelstudy.tables import MESSAGES, RESOURCES, SKIPPED, SURE_OF_VENDOR

__all__ = ["report_html", "write_report"]

TOP = 20
"""How many senders and vendors are named."""


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
    chosen, has = measured_html(messages, populations)
    here = resources[resources["message_key"].isin(chosen["message_key"])]
    share = headline(messages, populations)
    is_refused = bool(share["is_refused"])
    both = with_spam(messages, populations, share)
    findings = _findings()
    page = {
        "version": __version__,
        "is_redacted": redact,
        "fewest": FEWEST,
        "names": () if redact else _names(folder),
        "account": account,
        "n_remote": int((messages.loc[messages["population"].isin(populations), "n_resources"] > 0).sum()),
        "what": in_words(populations),
        "share": share,
        "headline": None if is_refused else _share_words(share),
        "min_messages": MIN_MESSAGES,
        "min_senders": MIN_SENDERS,
        "of_all": percent(share["n_with"] / max(account.n_measured, 1)),
        "with_spam": None if both is None else _share_words(both),
        "stripped": () if redact else tuple(account.stripped),
        "n_stripped": sum(account.stripped.values()),
        "squares": () if is_refused else _squares(chosen, here),
        "beside": beside(
            share, findings, what=in_words(populations), published=released_folder() / "data" / "published.csv"
        ),
        "groups": GROUPS,
        "definitions": [
            mark(row, row["short"], row["title"], row["group"], cells=(row["title"], row["source"]))
            for row in by_definition(chosen, here).to_dict("records")
        ],
        "vendors": [
            mark(row, row["vendor"], str(row["vendor_kind"]).replace("_", " "), "mine")
            for row in vendor_shares(chosen, here, definition=HEADLINE).query("n_with > 0").head(TOP).to_dict("records")
        ],
        "n_lookalike": _n_lookalike(here),
        "kinds": [
            mark(row, str(row["kind"]), _KINDS[row["kind"]], "mine")
            for row in prevalence(chosen, has, by="kind").to_dict("records")
        ],
        "years": by_year(prevalence(chosen, has, by="year"), fewest),
        "checked": findings.get("06-check-the-detector", {}),
        **_senders(messages, resources, chosen, redact=redact),
    }
    return str(_template().render(page))


def _template() -> Any:
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
    environment.filters |= {"number": _number, "listed": _listed, "percent": percent}
    return environment.get_template("report.html.j2")


_KINDS = {
    "newsletter": "bulk headers",
    "list": "a discussion list's headers",
    "personal": "no header says otherwise",
    "automatic": "receipts, notices, answers of machines",
}


def _findings() -> dict[str, Any]:
    """Return what the study found on the public corpora; nothing where its results are not at hand."""
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
                ("track", "hold a counter, or a picture of your own, and no spy pixel"),
                ("load", "load something, and none of it tells on you"),
                ("none", "load nothing"),
            )
        )
    ]


def _n_lookalike(resources: pd.DataFrame) -> int:
    """Return how many messages have a spy pixel that only looks like a vendor's."""
    pixels = resources[(resources["verdict"] == "spy_pixel") & (resources["vendor_confidence"] == "shape")]
    return int(pixels["message_key"].nunique())


def _senders(messages: pd.DataFrame, resources: pd.DataFrame, chosen: pd.DataFrame, *, redact: bool) -> dict[str, Any]:
    """Return the senders that are named, and the numbers of the others."""
    if redact:
        # Released tables are redacted already; redacting again changes nothing.
        is_rare = in_few_messages(resources["site"], resources["message_key"])
        is_rare &= ~resources["vendor_confidence"].isin(SURE_OF_VENDOR)
        resources = redact_resources(resources, messages)
        resources["site"] = resources["site"].mask(is_rare, "a site in few mails")
        chosen = redact_messages(messages).loc[chosen.index]
        chosen = chosen[~chosen["kind"].isin(WRITTEN_BY_PERSONS)]
    everybody = learned_by_sender(chosen, resources)
    named = [sender for sender in everybody if not redact or sender.n_messages >= FEWEST]
    spying = [sender for sender in named if sender.n_spied]
    return {
        "senders": spying[:TOP],
        "n_spying": sum(sender.n_spied > 0 for sender in everybody),
        "n_clean": sum(not _tells(sender) for sender in everybody),
        "n_senders": len(everybody),
        "n_folded": len(everybody) - len(named),
    }


def _tells(sender: Sender) -> bool:
    return bool(sender.n_spied or sender.n_tracked or sender.n_counted or sender.n_leaking)


def _share_words(share: Mapping[str, Any]) -> dict[str, str]:
    return {
        "percent": percent(share["share"]),
        "ends": f"{100 * share['low']:.0f} % to {100 * share['high']:.0f} %",
        "n": f"{share['n_messages']:,}",
        "once": percent(share["sender_share"]),
        "once_ends": f"{100 * share['sender_low']:.0f} % to {100 * share['sender_high']:.0f} %",
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
