"""Frechet inception distance (Heusel et al. 2017), with Inception weights that the user brings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vrgen.models.inception import load_inception

CROPS = 256
"""Pictures on each side: few, so the distance is biased upwards and compares snapshots of one run alone."""
AT_ONCE = 16


class Fid:
    """The distance of pictures (N, 3, H, W) in [0, 1] to a fixed set of real ones."""

    def __init__(self, weights: Path, real: Tensor, device: torch.device) -> None:
        self.device = device
        self.network = load_inception(weights).to(device)
        self.real = self.features(real)

    @torch.no_grad()
    def features(self, pictures: Tensor) -> NDArray[np.float64]:
        """(N, 2048)."""
        parts = [self.network(part.to(self.device)).cpu() for part in pictures.split(AT_ONCE)]  # type: ignore[no-untyped-call]
        return torch.cat(parts).numpy().astype(np.float64)

    def of(self, made: Tensor) -> float:
        """The distance of made pictures."""
        return frechet(self.real, self.features(made))


def frechet(real: NDArray[np.float64], made: NDArray[np.float64]) -> float:
    """|m - n|^2 + tr(C + D - 2 sqrt(C D)) of the normal distributions fitted to features (N, F) and (M, F).

    With C = A'A and D = B'B the last trace is the nuclear norm of A B': exact, and cheap while N and M are
    less than F.
    """
    a, b = ((x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (real, made))
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    apart = np.square(real.mean(axis=0) - made.mean(axis=0)).sum()
    return float(apart + np.square(a).sum() + np.square(b).sum() - 2 * shared)
