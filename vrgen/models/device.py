"""Where torch runs."""

from __future__ import annotations

import torch

from vrgen.errors import MissingPart


def pick_device(name: str) -> str:
    """auto takes CUDA when it is there; raises MissingPart when CUDA is asked for and absent."""
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise MissingPart("no CUDA device answers; use --device cpu, or install torch with CUDA")
    return ("cuda" if there else "cpu") if name == "auto" else name
