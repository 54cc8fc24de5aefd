"""Seeds: one number gives every noise of a result, the same on every machine and device."""

from __future__ import annotations

import hashlib

import numpy as np

from vrgen.errors import UsageProblem

LARGEST = 2**63 - 1


def check_seed(seed: int) -> int:
    """`seed` itself; raises UsageProblem when it is negative or does not fit 63 bits."""
    if not 0 <= seed <= LARGEST:
        raise UsageProblem(f"got seed {seed}, expected a whole number from 0 to {LARGEST}")
    return seed


def generator_of(seed: int, *purpose: str) -> np.random.Generator:
    """Philox (counter-based, Salmon et al. 2011) keyed by the seed and what it is for."""
    text = "/".join((str(check_seed(seed)), *purpose)).encode()
    return np.random.Generator(
        np.random.Philox(key=int.from_bytes(hashlib.sha256(text).digest()[:16], "little"))
    )
