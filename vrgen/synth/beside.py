"""Beside: generating beside something that has to go on smoothly, as a render loop has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from vrgen.models.device import pick_device
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import load_generator
from vrgen.synth.sliders import load_fields


@contextmanager
def leaving_a_core() -> Iterator[None]:
    """Networks run on all cores but one, at least on one; results do not depend on it.

    torch holds the number for each thread that computes: a thread that has drawn before keeps its own.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(before, (os.cpu_count() or 2) - 1)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def load_everything(device: str) -> None:
    """Networks, banks and sliders into memory, where they stay. Raises MissingPart for what is not there."""
    place = pick_device(device)
    for name in ("material_gan", "sky_vae"):
        load_generator(name, place)
    for name in ("material_bank", "sky_bank"):
        load_bank(name)
    load_fields()
