"""What the benchmarks share: one row of results.csv a measure, and a table for people."""

# make bench leaves this out: it runs nothing by itself.
from __future__ import annotations

import csv
import subprocess
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path

RESULTS = Path(__file__).with_name("results.csv")


@dataclass(frozen=True)
class Row:
    """One measure. Times are compared within one run: `ratio` is what counts."""

    date: str
    commit: str
    bench: str
    what: str
    ours: float
    peer: float | None
    ratio: float | None
    unit: str
    note: str = ""


def row(bench: str, what: str, ours: float, *, unit: str, peer: float | None = None, note: str = "") -> Row:
    """A measure of today and of this commit; `ratio` is peer / ours."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    ratio = None if peer is None or not ours else round(peer / ours, 3)
    return Row(time.strftime("%Y-%m-%d"), commit, bench, what, round(ours, 4), peer, ratio, unit, note)


def report(rows: list[Row]) -> None:
    """Print the rows as a table and append them to results.csv."""
    for entry in rows:
        against = "" if entry.peer is None else f"  peer {entry.peer:g}"
        against += "" if entry.ratio is None else f"  ratio {entry.ratio:g}"
        print(f"{entry.bench:14} {entry.what:34} {entry.ours:>12g} {entry.unit:8}{against}  {entry.note}")
    fresh = not RESULTS.exists()
    with RESULTS.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow([field.name for field in fields(Row)])
        writer.writerows(astuple(entry) for entry in rows)
