"""What was measured, as a table to read, against what was aimed at, and as a plan for more mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

__all__ = ["plan", "put_table", "table", "targets"]

HU_MESSAGES = 2_300_000  # Hu, Peng & Wang, IMC 2019
MANY_MESSAGES = 1_000_000_000
CORES_A_MACHINE = 16
HOURS = 24


def table(found: Mapping[str, Any]) -> str:
    """Return all that was measured, for people to read."""
    return "\n".join(_lines(found))


def put_table(path: Path, found: Mapping[str, Any]) -> None:
    """Put the table into the Markdown file at `path`, between its two marks."""
    before, _, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    text = "\n".join(line.rstrip() for line in table(found).strip("\n").splitlines())
    path.write_text(f"{before}{_BEGIN}\n```text\n{text}\n```\n{_END}{after}", encoding="utf-8")


_BEGIN, _END = "<!-- measured -->", "<!-- / -->"


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    for name, mailbox in found.get("mailboxes", {}).items():
        yield (
            f"\n{name}: {mailbox['n_messages']:,} messages, {mailbox['megabytes']:,} MB, "
            f"medians of {mailbox['runs']} runs in turn, {found['machine']['cores']} cores\n"
        )
        yield (
            f"{'':24}{'of it':>8}{'seconds':>9}{'cpu s':>8}{'MB/s':>8}{'mails/s':>9}{'peak MB':>9}"
            f"{'x obvious':>11}{'by cpu':>8}{'of floor':>10}{'by cpu':>8}"
        )
        for way, row in mailbox["ways"].items():
            yield (
                f"{way:24}{row['megabytes']:>5,.0f} MB{row['seconds']:9.2f}{row['cpu_seconds']:8.2f}"
                f"{row['mb_per_s']:8.1f}{row['messages_per_s']:9,.0f}{row['peak_mb']:9.0f}"
                f"{row['times_obvious']:11.2f}{_number(row['times_obvious_cpu'])}"
                f"{row['of_floor']:10.2f}{_number(row['of_floor_cpu'])}"
            )
        if "stages" in mailbox:
            yield f"\n  {'a message, warm':40}{'µs':>7}{'share':>8}"
            total = sum(mailbox["stages"].values())
            for step, microseconds in mailbox["stages"].items():
                yield f"  {step:40}{microseconds:7,.0f}{microseconds / total:8.0%}"
    if "sizes" in found:
        yield f"\n{'all cores, once':24}{'seconds':>9}{'s a GB':>9}{'cpu s a GB':>12}{'peak MB':>9}"
        for row in found["sizes"]:
            name = f"{row['gigabytes']:g} GB"
            yield (
                f"{name:24}{row['seconds']:9.1f}{row['seconds_per_gb']:9.1f}{row['cpu_seconds_per_gb']:12.1f}"
                f"{row['peak_mb']:9.0f}"
            )
            if "resumed_seconds" in row:
                yield (
                    f"  killed after {row['killed_after_seconds']:.0f} s, resumed in {row['resumed_seconds']:.0f} s, "
                    f"tables {'the same' if row['is_same'] else 'NOT THE SAME'}; summary {row['summary_seconds']:.1f} s, "
                    f"{row['summary_peak_mb']:.0f} MB"
                )
    if "analysis" in found:
        yield f"\n{found['analysis']['n_resources']:,} resources{'':8}{'seconds':>9}{'peak MB':>9}"
        for name, row in found["analysis"]["ways"].items():
            yield f"{name:28}{row['seconds']:9.1f}{row['peak_mb']:9.0f}"
    yield "\ntargets"
    for name, target in found["targets"].items():
        yield f"  {'met    ' if target['is_met'] else 'NOT MET'}  {name}: {target['found']:g} ({target['wanted']})"


def _number(value: float | None) -> str:
    return f"{'':>8}" if value is None else f"{value:8.2f}"


def targets(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each target with what was found; per core means by processor time, which other work disturbs less."""
    said: dict[str, dict[str, Any]] = {}

    def at_least(name: str, value: float, least: float) -> None:
        said[name] = {"found": round(value, 3), "wanted": f"at least {least:g}", "is_met": value >= least}

    def at_most(name: str, value: float, most: float) -> None:
        said[name] = {"found": round(value, 3), "wanted": f"at most {most:g}", "is_met": value <= most}

    mailboxes = found.get("mailboxes", {})
    for name in ("markup", "newsletters"):
        if name in mailboxes:
            ways = mailboxes[name]["ways"]
            one, all_cores = ways["ours, one worker"], ways["ours, all cores"]
            at_least(f"{name}: times the obvious pipeline a core", one["times_obvious_cpu"], 8)
            at_least(f"{name}: of the floor a core", one["of_floor_cpu"], 0.5)
            at_least(f"{name}: times one worker, on all cores", one["seconds"] / all_cores["seconds"], 1.9)
            at_most(f"{name}: MB of memory a worker", max(one["peak_mb"], all_cores["peak_mb"]), 300)
    if "takeout" in mailboxes:
        ways = mailboxes["takeout"]["ways"]
        plain, packed = ways["ours, all cores"], ways["ours, all cores, zip"]
        at_most("zip: times its mbox, in seconds", packed["seconds"] / plain["seconds"], 1.2)
        at_most("zip: times its mbox, in processor time", packed["cpu_seconds"] / plain["cpu_seconds"], 1.2)
        at_most("zip: times its mbox, in memory", packed["peak_mb"] / plain["peak_mb"], 1.2)
        at_most("zip: MB of memory a worker", packed["peak_mb"], 300)
    if len(found.get("sizes", ())) > 1:
        rows = found["sizes"]
        rates = [row["cpu_seconds_per_gb"] for row in rows]
        at_most("longest over shortest time a GB, over all sizes", max(rates) / min(rates), 1.1)
        at_most("MB of memory a worker, over all sizes", max(row["peak_mb"] for row in rows), 300)
    if "analysis" in found:
        ways = found["analysis"]["ways"].values()
        at_most("MB of memory for the analysis", max(row["peak_mb"] for row in ways), 4000)
    return said


def plan(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what reading many more newsletters would take at the measured rate, of the Markup's if they are here."""
    mailboxes = found.get("mailboxes", {})
    mailbox = mailboxes.get("markup") or mailboxes.get("newsletters")
    if not mailbox:
        return {}
    seconds = mailbox["ways"]["ours, one worker"]["cpu_seconds"] / mailbox["n_messages"]
    planned: dict[str, Any] = {
        "kb_a_message": 1000 * mailbox["megabytes"] / mailbox["n_messages"],
        "messages_a_core_hour": 3600 / seconds,
        "messages_a_second": mailbox["ways"]["ours, all cores"]["messages_per_s"],
        "cores_a_machine": CORES_A_MACHINE,
    }
    for name, n in (("hu", HU_MESSAGES), ("billion", MANY_MESSAGES)):
        core_hours = n * seconds / 3600
        planned[name] = {
            "n_messages": n,
            "core_hours": core_hours,
            "minutes_on_one_machine": 60 * core_hours / CORES_A_MACHINE,
            "machines_for_a_day": core_hours / CORES_A_MACHINE / HOURS,
            "mail_gb": n * mailbox["megabytes"] / mailbox["n_messages"] / 1000,
            "table_mb": n * mailbox["table_bytes"] / mailbox["n_messages"] / 1e6,
        }
    return cast("dict[str, Any]", _rounded(planned))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return float(f"{value:.3g}") if isinstance(value, float) else value
