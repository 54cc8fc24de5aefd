"""JSON logs of a batch run: one object a line on stderr, for machines that watch."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from vrgen.batch.run import Finished, Run


class BatchLog:
    """Tells of every item as it is finished."""

    def __init__(self, run: Run, began: float) -> None:
        self._run = run
        self._began = began

    def __enter__(self) -> BatchLog:
        self._say("begin", items=len(self._run), workers=self._run.workers, out=str(self._run.out))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = round(time.monotonic() - self._began, 3)
        self._say("end", counts=dict(self._run.counts), seconds=seconds, error=str(problem or "") or None)

    def tell(self, one: Finished) -> None:
        """One line for one item."""
        made = {} if one.made is None else {"seconds": one.made.seconds, "key": one.made.key}
        why = {"reason": one.reason, "trace": one.trace or None} if one.reason else {}
        self._say("item", item=one.name, state=one.state, **made, **why)

    def _say(self, event: str, **values: Any) -> None:
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **values}
        print(json.dumps(line), file=sys.stderr, flush=True)  # noqa: T201 - this is the place that prints
