"""textures: many requests, one Material after the other, the next ones made while the last are used.

A thread makes what is asked for next while the caller encodes and writes what is there: arithmetic, encoding
and writing let go of the interpreter's lock. On a GPU several sets are decoded at once, and their latents and
maps come from all cores. What is made does not depend on the company (see synth.decode).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

from vrgen.core import Image, Material
from vrgen.errors import VrgenError
from vrgen.models.device import pick_device
from vrgen.models.material_gan import TOTAL
from vrgen.synth.make_texture import Prepared, decoded, finish, prepare
from vrgen.synth.request import TextureOptions

AHEAD = 1
"""Groups that are made while the caller has another."""
HELD = 256 << 20
"""Bytes of maps as floats that a group on a GPU may have; the CPU makes one set at a time."""
Read = Callable[[Path], Image]
Made = TypeVar("Made")


def textures(
    wanted: Iterable[TextureOptions], *, read: Read | None = None, together: int | None = None
) -> Iterator[Material]:
    """The Material of each request, in their order, as `texture` makes it.

    `read` gives the pictures that `like` and `mask` name. `together` sets are made at once, as many as the
    device is good at when it is None; two such groups are in memory beside the one in use. What is wrong with
    a request is raised in its place, after all before it have been given; what follows is not made then.
    """
    rest = iter(wanted)
    waiting: deque[Future[list[Material | VrgenError]]] = deque()
    with ThreadPoolExecutor(1, "textures") as beside:
        try:
            while True:
                while len(waiting) <= AHEAD and (group := _group(rest, together)):
                    waiting.append(beside.submit(_made, group, read))
                if not waiting:
                    return
                for one in waiting.popleft().result():
                    if isinstance(one, VrgenError):
                        raise one
                    yield one
        finally:
            for future in waiting:
                future.cancel()


def _group(rest: Iterator[TextureOptions], together: int | None) -> list[TextureOptions]:
    """The next requests that go together: on a GPU as many of the first one's size as HELD takes."""
    first = next(rest, None)
    if first is None:
        return []
    if together is None:
        gpu = pick_device(first.device) != "cpu"
        together = HELD // (4 * TOTAL * max(1, first.size) ** 2) if gpu else 1
    return [first, *islice(rest, max(0, together - 1))]


def _made(group: Sequence[TextureOptions], read: Read | None) -> list[Material | VrgenError]:
    """Each request's Material, or what is wrong with it."""
    if len(group) == 1:
        return [_or_problem(lambda: _alone(group[0], read))]
    with ThreadPoolExecutor(min(len(group), os.cpu_count() or 1)) as hands:
        ready = list(hands.map(lambda options: _or_problem(lambda: _prepared(options, read)), group))
        good = [one for one in ready if isinstance(one, Prepared)]
        done = iter(list(hands.map(finish, good, decoded(good))))
        return [next(done) if isinstance(one, Prepared) else one for one in ready]


def _alone(options: TextureOptions, read: Read | None) -> Material:
    prepared = _prepared(options, read)
    return finish(prepared, decoded([prepared])[0])


def _prepared(options: TextureOptions, read: Read | None) -> Prepared:
    def picture(path: Path | str | None) -> Image | None:
        return None if path is None or read is None else read(Path(path))

    return prepare(options, photo=picture(options.like), mask=picture(options.mask))


def _or_problem(act: Callable[[], Made]) -> Made | VrgenError:
    try:
        return act()
    except VrgenError as problem:
        return problem
