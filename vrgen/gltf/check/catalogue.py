"""Catalogue: a finding of a code, and the page of all codes."""

from __future__ import annotations

from vrgen.gltf.check.codes import CODES
from vrgen.gltf.check.finding import Finding

HEAD = (
    "# What `vrgen check` says",
    "",
    "Made from `vrgen/gltf/check/codes.py` by `python tools/check/issues.py`; a test compares the two.",
    "Errors end the command with 1; `--ignore CODE` leaves one out. Budgets: `vrgen/core/budget.py`.",
    "",
    "| code | severity | what and why | remedy |",
    "|---|---|---|---|",
)


def finding(code: str, place: str, sentence: str, *, remedy: str = "") -> Finding:
    """A finding of that code; the remedy is the catalogue's unless another fits better."""
    known = CODES[code]
    return Finding(code, known.severity, place, sentence, remedy or known.remedy)


def page() -> str:
    """The catalogue as a page in Markdown."""
    rows = [
        f"| `{name}` | {code.severity} | {code.what} {code.why} | {_sentence(code.remedy)} |"
        for name, code in CODES.items()
    ]
    return "\n".join((*HEAD, *rows)) + "\n"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
