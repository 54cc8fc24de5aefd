"""Every error a user can meet, as one tree.

    VrgenError                    exit code 1: the work failed
    |-- UsageProblem              exit code 2: the request itself is wrong (option, key, name)
    |   `-- ValueProblem          a value handed to the Python API has the wrong shape, type or range
    |-- InputProblem              a file or folder that was read is missing, damaged or hostile
    |-- OutputProblem             a result could not be written
    |-- MissingPart               a library, driver, program or weight file is not on this machine
    |-- HeadsetLost               the headset or its runtime went away during a visit
    `-- Interrupted               the user stopped the run (exit code 130)

Each message says what was got, what was expected and what to do. Foreign exceptions are translated
by one context manager per library, keeping the cause.
"""

from __future__ import annotations

__all__ = [
    "HeadsetLost",
    "InputProblem",
    "Interrupted",
    "MissingPart",
    "OutputProblem",
    "UsageProblem",
    "ValueProblem",
    "VrgenError",
    "nearest",
]


class VrgenError(Exception):
    """Base of all errors of vrgen; its text is one sentence for the user."""

    exit_code = 1


class UsageProblem(VrgenError):
    """An option, key or name is wrong."""

    exit_code = 2


class ValueProblem(UsageProblem):
    """A value of the Python API has the wrong shape, type or range."""


class InputProblem(VrgenError):
    """A file or folder that was read is missing, damaged or hostile."""


class OutputProblem(VrgenError):
    """A result could not be written."""


class MissingPart(VrgenError):
    """A library, driver, program or weight file is not on this machine."""


class HeadsetLost(VrgenError):
    """The headset or its runtime went away during a visit: unplugged, switched off, or the runtime ended."""


class Interrupted(VrgenError):
    """The user stopped the run."""

    exit_code = 130


def nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Return ' Did you mean X?' for the closest of `known`, or '' when nothing is close."""
    from difflib import SequenceMatcher, get_close_matches

    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if not close:
        return ""

    def likeness(candidate: str) -> tuple[float, bool]:
        return SequenceMatcher(None, candidate, name).ratio(), candidate.lstrip("-")[:1] == name.lstrip("-")[
            :1
        ]

    best = max(close, key=likeness)
    return f" Did you mean {best!r}?"
