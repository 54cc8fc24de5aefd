"""Catalogue: a finding of a code, and the page of all codes."""

from __future__ import annotations

from vrgen.gltf.check.codes import CODES
from vrgen.gltf.check.finding import Finding

HEAD = (
    "# What `vrgen check` says",
    "",
    "Made from `vrgen/gltf/check/codes.py` by `python tools/check/issues.py`; a test compares the two.",
    "Budgets and where they come from: `vrgen/core/budget.py`. `--ignore CODE` leaves a code out.",
    "",
    "The command ends with 0 when the file passes, whatever warnings there are, with 1 when there is an "
    "error or the file cannot be read, with 2 when the request is wrong.",
    "",
    "`--json` prints one object, whose keys stay as they are; new ones may come: `target`, `passes` (true or "
    "false), `counts` (`error`, `warning`, `info`: how many), `findings`, a list with the gravest first, "
    "each with `code` (a row of this table), `severity`, `place` (`mesh NAME`, `node NAME`, `material NAME, "
    "SLOT` or a JSON pointer into the file; empty for the whole), `sentence` (what was found and expected) "
    "and `remedy`. Of one code at most five are told; the fifth then says how many more there are.",
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
