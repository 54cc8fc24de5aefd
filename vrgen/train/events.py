"""Events: a run for TensorBoard, when that is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Events:
    """Writes scalars and sample grids as TensorBoard event files into the run folder."""

    def __init__(self, folder: Path, *, first: int, note: Callable[[str], None]) -> None:
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            note("TensorBoard is not installed: no event files; the log and training.png are written all the "
                 "same (pip install tensorboard)")  # fmt: skip
        else:
            self._writer = SummaryWriter(str(folder / "events"), purge_step=first)

    def scalars(self, step: int, values: Mapping[str, Any]) -> None:
        """One point of each curve."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)

    def picture(self, step: int, picture: NDArray[np.uint8]) -> None:
        """A sample grid (H, W, 3)."""
        if self._writer is not None:
            self._writer.add_image("samples", picture, step, dataformats="HWC")
            self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            self._writer.close()
