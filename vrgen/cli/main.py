"""`vrgen`: find the verb, run it, print what came out, end with the right code.

Exit codes: 0 done, 1 the work failed, 2 the request is wrong, 130 stopped by the user. Nothing heavy
is imported before a verb is chosen.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vrgen.errors import Interrupted, UsageProblem, VrgenError
from vrgen.registry import Entry, verbs

if TYPE_CHECKING:
    from types import FrameType

    from vrgen.cli.command import Summary
    from vrgen.cli.desk import Desk


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    began = time.perf_counter()
    _hear_termination()
    try:
        if not words or words[0] in ("-h", "--help", "help"):
            say(overview())
            return 0
        if words[0] in ("-V", "--version"):
            say(f"vrgen {version()}")
            return 0
        if words[0].startswith("-"):
            raise UsageProblem(f"the verb comes first: vrgen VERB {words[0]} ...; see: vrgen --help")
        return _run(verbs.get(words[0]), words[1:], began)
    except (Exception, KeyboardInterrupt) as problem:
        return _report(problem, words)


def overview() -> str:
    """The text of `vrgen --help`, from the registry alone."""
    width = max(len(entry.name) for entry in verbs) + 2
    lines = [
        "vrgen: from a folder of pictures to a gallery you can stand in.",
        "",
        "usage: vrgen VERB [OPTIONS]",
        "",
    ]
    for entry in verbs:
        lines.append(f"  {entry.name:{width}}{entry.summary}")
        if entry.example:
            lines.append(f"  {'':{width}}$ {entry.example}")
    lines += [
        "",
        "Every verb takes --help, --quiet, --verbose and --json; vrgen --version prints the version.",
        "Exit codes: 0 done, 1 the work failed, 2 the request is wrong, 130 stopped by you.",
    ]
    return "\n".join(lines)


def version() -> str:
    """The installed version; in a bare checkout the package's own."""
    from vrgen import __version__

    return __version__


def _run(entry: Entry, words: list[str], began: float) -> int:
    from vrgen.cli.desk import Desk
    from vrgen.cli.flags import parse

    try:
        command, everywhere = parse(entry.load(), words, prog=f"vrgen {entry.name}", example=entry.example)
    except SystemExit as end:  # the help was printed
        return int(end.code or 0)
    desk = Desk("quiet" if everywhere.quiet else "verbose" if everywhere.verbose else "normal")
    summary = command.run(desk)
    seconds = time.perf_counter() - began
    if everywhere.json:
        say(_as_json(entry.name, summary, desk, seconds))
    elif not everywhere.quiet:
        say(_as_text(summary, desk, seconds))
    return int(summary.exit_code)


def _as_text(summary: Summary, desk: Desk, seconds: float) -> str:
    lines = list(summary.lines)
    lines += [f"  {path}  {_size(path)}" for path in summary.paths]
    if desk.loudness == "verbose" or len(desk.seconds) > 1:
        lines.append("  " + ", ".join(f"{name} {spent:.1f} s" for name, spent in desk.seconds.items()))
    return "\n".join([*lines, f"{summary.headline} ({seconds:.1f} s)"])


def _as_json(verb: str, summary: Summary, desk: Desk, seconds: float) -> str:
    import json

    result: dict[str, Any] = {
        "verb": verb,
        "headline": summary.headline,
        "paths": [
            {"path": str(path), "bytes": path.stat().st_size if path.exists() else None}
            for path in summary.paths
        ],
        "seconds": round(seconds, 3),
        "stages": {name: round(spent, 3) for name, spent in desk.seconds.items()},
        "notes": desk.notes,
        **summary.figures,
    }
    return json.dumps(result, indent=2, ensure_ascii=False)


def _size(path: Any) -> str:
    size = float(path.stat().st_size) if path.exists() else 0.0
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _report(problem: BaseException, words: Sequence[str]) -> int:
    """One sentence on stderr (and JSON on stdout when asked), the traceback only for --verbose."""
    if isinstance(problem, KeyboardInterrupt):
        problem = Interrupted("stopped; no half-written file was left behind")
    if "--verbose" in words:
        import traceback

        traceback.print_exception(problem, file=sys.stderr)
    code = problem.exit_code if isinstance(problem, VrgenError) else 1
    sentence = str(problem) if isinstance(problem, VrgenError) else _foreign(problem)
    if "--json" in words:
        import json

        say(json.dumps({"error": type(problem).__name__, "message": sentence, "exit_code": code}))
    print(f"vrgen: {sentence}", file=sys.stderr)  # noqa: T201 - this is the place that prints
    return code


def _foreign(problem: BaseException) -> str:
    """What is said about an error that nobody translated: a bug of ours, or a machine at its limit."""
    if isinstance(problem, MemoryError):
        return "the memory of this machine is used up; close other programs or ask for smaller sizes"
    if isinstance(problem, OSError) and problem.strerror:
        where = f"{problem.filename}: " if problem.filename else ""
        return f"{where}{problem.strerror}; check the path and the free space"
    kind = type(problem).__name__
    return f"internal error ({kind}: {problem}); run again with --verbose and report what it prints"


def _hear_termination() -> None:
    """SIGTERM ends a run as Ctrl-C does: through the same clean-up."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: whoever embeds us keeps their own handlers
        pass


def say(text: str) -> None:
    """Print a result on stdout; a reader that has gone away is no error."""
    try:
        print(text, flush=True)  # noqa: T201 - this is the place that prints
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    sys.exit(main())
