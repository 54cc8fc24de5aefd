"""`vrgen --help` against `python -c pass`: at most 0.3 s more. Median of 15 runs each, alternating.

python tools/bench/help_time.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from table import report, row

RUNS = 15
TARGET = 0.3


def seconds(*words: str) -> float:
    """Wall time of one run."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and report."""
    ours, peer = [], []
    for _ in range(RUNS):
        ours.append(seconds("-m", "vrgen", "--help"))
        peer.append(seconds("-c", "pass"))
    a, b = statistics.median(ours), statistics.median(peer)
    met = "met" if a - b < TARGET else "MISSED"
    report(
        [
            row(
                "help_time",
                "vrgen --help",
                a,
                unit="s",
                peer=round(b, 4),
                note=f"{a - b:.3f} s more, target 0.3: {met}",
            )
        ]
    )


if __name__ == "__main__":
    main()
