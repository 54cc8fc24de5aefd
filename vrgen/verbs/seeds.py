"""Seeds of parts, derived from the seed of the whole by a hash of the part's name.

Counter-based: a part's seed depends on no other part, so adding one changes none of the others.
"""

from __future__ import annotations

import hashlib


def seed_of(seed: int, part: str) -> int:
    """A seed in [0, 2**48) for `part` of the whole that has `seed`."""
    return int.from_bytes(hashlib.sha256(f"vrgen/{seed}/{part}".encode()).digest()[:6], "big")
