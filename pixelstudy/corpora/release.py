"""Make the released tables from the raw public mail: extract, redact and describe them.

The tables are in ``data/corpora/<name>/``. Their descriptions, ``data/README.md`` and ``data/datapackage.json``, are
generated from :mod:`pixelstudy.tables` and ``corpora.toml``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pyarrow as pa

from pixelstudy import __version__
from pixelstudy.corpora.by_year import lists_by_year_described, lists_by_year_resource
from pixelstudy.corpora.catalogue import Corpus, corpora, find_corpus, locate
from pixelstudy.corpora.dictionary import data_dictionary, data_package
from pixelstudy.corpora.pairs import write_pairs
from pixelstudy.extraction.parquet import read_table, write_arrow
from pixelstudy.extraction.redaction import redact_mailbox, redact_messages, redact_resources, redact_skipped
from pixelstudy.extraction.rejudge import rejudge_all
from pixelstudy.extraction.run import Run, extract
from pixelstudy.mail.populations import Population
from pixelstudy.tables import MESSAGES, REJUDGED, RELEASED, RESOURCES, SKIPPED, TABLES, Table

__all__ = ["BEGIN", "END", "build_corpus", "describe", "described", "package_descriptor", "redacted_tables"]


def build_corpus(name: str, home: Path, *, progress: Callable[[int], None] | None = None) -> Run:
    """Return the run that extracted a corpus, after writing its released tables to ``data/corpora/<name>/``.

    The unredacted tables stay in ``data/private/corpora/<name>/``. If the corpus has issues sent to two recipients,
    ``data/labels/pairs.csv`` is written too.

    Raises
    ------
    UserError
        If the raw mail is not on this machine, or does not match the catalogue.
    """
    corpus = find_corpus(name)
    located = locate(name)
    private = home / "data" / "private" / "corpora" / name
    run = extract(
        [path for _, path in located],
        private,
        population=[cast("Population | None", one.population) for one, _ in located],
        progress=progress,
    )
    released = home / "data" / "corpora" / name
    released.mkdir(parents=True, exist_ok=True)
    for table, data in redacted_tables(private, corpus).items():
        write_arrow(data, released / f"{table.name}.parquet")
    for _, path in located:
        if path.is_dir() and any(path.glob("*u2.eml")):
            write_pairs(path, home)
    return run


def redacted_tables(folder: Path, corpus: Corpus | None = None) -> dict[Table, pa.Table]:
    """Return the tables in `folder`, redacted for release as the catalogue says for the corpus."""
    messages, resources, skipped = (read_table(table, folder) for table in TABLES)
    if corpus and corpus.is_private:
        frames = redact_mailbox(messages, resources, skipped, are_senders_named=False)
        for table, frame in ((MESSAGES, messages), (SKIPPED, skipped)):
            frames[table] = frames[table].assign(origin=frame["origin"].str.partition("!")[0])
    else:
        frames = {
            MESSAGES: redact_messages(messages),
            RESOURCES: redact_resources(resources, messages),
            SKIPPED: redact_skipped(skipped),
        }
    keys = dict(zip(messages["message_key"], frames[MESSAGES]["message_key"], strict=True))
    rejudged = rejudge_all(resources)
    frames[REJUDGED] = rejudged.assign(message_key=rejudged["message_key"].map(keys))
    return {
        table: pa.Table.from_pandas(
            frame, schema=table.released().schema(), preserve_index=False
        ).replace_schema_metadata(None)
        for table, frame in frames.items()
    }


def package_descriptor() -> dict[str, object]:
    """Return the Data Package descriptor of every released table."""
    package = data_package(
        [
            (f"{corpus.name}-{table.name}".replace("_", "-"), table, f"corpora/{corpus.name}/{table.name}.parquet")
            for corpus in corpora()
            for table in RELEASED
        ],
        name="pixelstudy",
        title="Remote resources of public e-mail corpora, each with its verdict",
        version=__version__,
        licenses=[{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        sources=[{"title": corpus.title, "path": corpus.origin} for corpus in corpora()],
    )
    package["resources"].append(lists_by_year_resource())
    return package


BEGIN, END = "<!-- made by: pixelstudy corpora describe -->", "<!-- end of what is made -->"
"""The lines around the generated part of ``data/README.md``."""


def describe(home: Path) -> None:
    """Write ``data/datapackage.json``, and the generated part of ``data/README.md``."""
    path = home / "data" / "datapackage.json"
    path.write_text(json.dumps(package_descriptor(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    readme = home / "data" / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2] or "\n"
    readme.write_text(f"{before}{BEGIN}\n\n{described()}\n{END}{after}", encoding="utf-8")


def described() -> str:
    """Return the part of ``data/README.md`` that describes the corpora and the columns."""
    parts = ["## The corpora", *map(_corpus, corpora()), "## The data dictionary", data_dictionary(RELEASED)]
    parts.append(lists_by_year_described())
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _corpus(corpus: Corpus) -> str:
    lines = [
        f"### {corpus.name}: {corpus.title}",
        "",
        f"Origin: <{corpus.origin}>" + (f", commit `{corpus.commit}`" if corpus.commit else "") + ".",
        f"Terms as found: {corpus.terms}",
        "",
        "| part | what | messages, with copies | years | population |",
        "|---|---|---|---|---|",
    ]
    for one in corpus.sets:
        years = str(one.years[0]) if one.years[0] == one.years[1] else f"{one.years[0]}-{one.years[1]}"
        population = (one.population or "by its labels") + (", solicited" if one.solicited else "")
        lines.append(f"| {one.name} | {one.about} | {one.messages:,} | {years} | {population} |")
    lines += ["", *(f"- {note}" for note in corpus.notes)]
    return "\n".join(lines)
