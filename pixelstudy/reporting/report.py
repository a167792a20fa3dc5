"""One self-contained page of a study: no script, no address of the web, nothing of a mail's own markup.

Every string passes two gates on its way to the page: :func:`~.text.printable`, so that nothing turns the
direction of text or hides in it, and Jinja's escaping, so that nothing is markup. The page itself forbids the
browser to load anything.
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
from pixelstudy.measure.comparisons import by_definition, share_of
from pixelstudy.measure.definitions import HEADLINE
from pixelstudy.measure.denominators import MEASURED, chosen_populations, in_words
from pixelstudy.measure.prevalence import prevalence, vendor_shares
from pixelstudy.measure.senders import Sender, learned_by_sender
from pixelstudy.measure.shares import percent
from pixelstudy.reporting.marks import beside, by_year, mark
from pixelstudy.reporting.text import printable
from pixelstudy.storage.home import project_folder
from pixelstudy.storage.places import Place, RemotePath, place
from pixelstudy.tables import KINDS, MESSAGES, POPULATIONS, RESOURCES, SKIPPED

__all__ = ["report_html", "write_report"]

TOP = 20
"""Senders and vendors that are named."""


def write_report(
    folder: str | os.PathLike[str] | RemotePath,
    out: str | os.PathLike[str],
    *,
    redact: bool = False,
    populations: Sequence[str] | None = None,
) -> Path:
    """Write the page of the study in `folder` to `out`, whole or not at all, and return its path.

    Raises
    ------
    UserError
        When the folder holds no tables, or the page can't be written.
    """
    html, path = report_html(folder, redact=redact, populations=populations), Path(out)
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(html, encoding="utf-8")
        return partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"{path} can't be written: {error.strerror}; name another file with --out") from None


def report_html(
    folder: str | os.PathLike[str] | RemotePath, *, redact: bool = False, populations: Sequence[str] | None = None
) -> str:
    """Return the page of the study in `folder`; the same tables give the same page.

    Parameters
    ----------
    folder
        Where ``pixelstudy extract`` wrote its tables, or one of ``data/corpora/``.
    redact
        Whether to leave out what should not be shared: file names, persons, senders with few messages. Shares
        are the same in both.
    populations
        What is measured: ``received`` by default.

    Raises
    ------
    UserError
        When the folder holds no tables.
    """
    folder = place(folder)
    messages, resources = read_table(MESSAGES, folder), read_table(RESOURCES, folder)
    skipped = read_table(SKIPPED, folder, columns=["reason"])
    populations = chosen_populations(populations)
    is_measured = messages["population"].isin(populations)
    chosen = messages[is_measured & messages["has_html"]]
    here = resources[resources["message_key"].isin(chosen["message_key"])]
    has = (chosen["n_spy_pixel"] > 0).astype(bool)
    share = _whole(chosen, has)
    is_refused = bool(share["is_refused"])
    findings = _findings()
    page = {
        "version": __version__,
        "is_redacted": redact,
        "fewest": FEWEST,
        "names": () if redact else _names(folder),
        "account": _account(messages, skipped, FEWEST if redact else 1, messages[is_measured]),
        "what": in_words(populations),
        "share": share,
        "headline": None if is_refused else _share_words(share),
        "why_refused": str(share["method"]).removeprefix("refused: "),
        "of_all": percent(share["n_with"] / max(int(is_measured.sum()), 1)),
        "with_spam": _with_spam(messages, share) if populations == MEASURED else None,
        "stripped": {} if redact else messages["stripper"].dropna().value_counts().to_dict(),
        "n_stripped": int(messages["stripper"].notna().sum()),
        "squares": () if is_refused else _squares(chosen, here),
        "beside": beside(
            share, findings, what=in_words(populations), published=project_folder() / "data" / "published.csv"
        ),
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
        "years": by_year(prevalence(chosen, has, by="year"), FEWEST if redact else 1),
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
        # What is marked safe is the template's own; all else is made printable, and then escaped.
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
    """Return what the study found on the public corpora; nothing where the project's data are not here."""
    try:
        found = json.loads((project_folder() / "data" / "results" / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(folder: Place) -> tuple[str, ...]:
    """Return the names of the mailboxes that were read, without their folders."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return tuple(Path(name).name for name in run["arguments"]["mailboxes"])
    except (OSError, ValueError, KeyError, TypeError):
        return (folder.resolve().name,)


def _account(messages: pd.DataFrame, skipped: pd.DataFrame, fewest: int, measured: pd.DataFrame) -> dict[str, Any]:
    counts = measured["year"].value_counts()
    years = counts.index[counts >= fewest]
    copies = int(messages["n_duplicates"].sum())
    return {
        "n_read": len(messages) + copies + len(skipped),
        "n_kept": len(messages),
        "n_copies": copies,
        "n_skipped": len(skipped),
        "skipped": skipped["reason"].value_counts().to_dict(),
        "populations": _in_order(messages["population"], POPULATIONS),
        "kinds": _in_order(measured["kind"], KINDS),
        "n_measured": len(measured),
        "n_html": int(measured["has_html"].sum()),
        "n_remote": int((measured["n_resources"] > 0).sum()),
        "span": tuple(dict.fromkeys((int(years.min()), int(years.max())))) if len(years) else (),
    }


def _in_order(values: pd.Series[str], order: Sequence[str]) -> dict[str, int]:
    counts = values.value_counts()
    return {name: int(counts[name]) for name in order if counts.get(name, 0)}


def _whole(messages: pd.DataFrame, has: pd.Series[bool]) -> dict[str, Any]:
    return {str(name): value for name, value in share_of(messages, has, definition=HEADLINE).items()}


def _with_spam(messages: pd.DataFrame, share: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the share with what the provider calls spam counted too, where there is any."""
    chosen = messages[messages["population"].isin(["received", "spam"]) & messages["has_html"]]
    both = _whole(chosen, (chosen["n_spy_pixel"] > 0).astype(bool))
    return None if both["n_messages"] == share["n_messages"] or both["is_refused"] else _share_words(both)


def _squares(chosen: pd.DataFrame, resources: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Return class, meaning and number of the hundred squares."""
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
    """Return how many messages hold a spy pixel that only looks like a vendor's."""
    pixels = resources[(resources["verdict"] == "spy_pixel") & (resources["vendor_confidence"] == "shape")]
    return int(pixels["message_key"].nunique())


def _senders(messages: pd.DataFrame, resources: pd.DataFrame, chosen: pd.DataFrame, *, redact: bool) -> dict[str, Any]:
    """Return the senders that are named, and how many are not."""
    if redact:
        # Released tables are redacted already; redacting them again changes nothing.
        is_rare = in_few_messages(resources["site"], resources["message_key"])
        is_rare &= resources["vendor_confidence"] != "host"
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
    """Return words as a sentence lists them.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
