"""Read-only arrays: every array that enters a value passes here once, and is trusted afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from vrgen.errors import ValueProblem


def frozen(value: ArrayLike, *, name: str, dtype: DTypeLike, shape: Sequence[int | None]) -> NDArray[Any]:
    """Return `value` as a read-only, C-contiguous array of `dtype` and `shape` (None matches any length).

    The memory is shared where possible: do not change an array after handing it to a value.
    Raises ValueProblem when the shape does not fit.
    """
    array = np.ascontiguousarray(value, dtype=dtype)
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if n is None else str(n) for n in shape)
        raise ValueProblem(
            f"{name}: got an array of shape {array.shape}, expected {wanted}; reshape it first"
        )
    view = array.view()
    view.setflags(write=False)
    return view


def digest_of(*parts: NDArray[Any] | str | bytes | None) -> str:
    """SHA-256 hex of arrays (with dtype and shape), strings and bytes in order; None is an absent part."""
    sha = hashlib.sha256()
    for part in parts:
        if part is None:
            sha.update(b"\0none")
        elif isinstance(part, str):
            sha.update(b"\0text" + part.encode())
        elif isinstance(part, bytes):
            sha.update(b"\0data" + part)
        else:
            sha.update(f"\0{part.dtype.str}{part.shape}".encode())
            sha.update(np.ascontiguousarray(part).data)
    return sha.hexdigest()
