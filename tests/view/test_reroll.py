"""The workshop beside a render loop: order, latest wishes, failures, and that nothing ever blocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from vrgen.core import Image, Mesh, Node, Record, Scene, Surface, Texture
from vrgen.core.change import Change, alike, record_of, replaced, slider_names, worn
from vrgen.core.progress import Progress
from vrgen.errors import InputProblem, ValueProblem
from vrgen.view.reroll import Workshop, turned

SOON = 20.0
"""Seconds within which a thread must have done what takes none."""


def surface(name: str, seed: int, image: Image | None = None) -> Surface:
    """A generated surface: its picture shows its seed."""
    record = Record("texture", {"kind": "oak", "size": 64}, seed=seed, model="material_gan")
    picture = image or Image(np.full((2, 2, 3), seed, np.uint8))
    told = {"vrgen": {"kind": "oak", "record": record.to_json()}}
    return Surface(name, base_colour=Texture(picture), unlit=True, extras=told)


def square(worn: Surface) -> Mesh:
    points = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0)], np.float32)
    return Mesh(points, np.array([(0, 1, 2)]), worn, uv0=points[:, :2])


def room(*surfaces: Surface) -> Scene:
    """A mesh for each."""
    return Scene("room", (Node("room", meshes=tuple(square(one) for one in surfaces)),))


def seed_of(one: Surface) -> int:
    record = record_of(one)
    assert record is not None and record.seed is not None
    return record.seed


class Maker:
    """Makes surfaces whose seed is further by the step, when it is let; keeps what it was asked."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.asked: list[tuple[Scene, Surface, Change]] = []

    def __call__(self, scene: Scene, old: Surface, change: Change, /, *, progress: Progress) -> Surface:
        self.asked.append((scene, old, change))
        self.begun.release()
        assert self.go.wait(SOON)
        with progress.stage("making", 1):
            return surface(old.name, seed_of(old) + change.seed_step)


@contextmanager
def workshop(scene: Scene, remake: Callable[..., Surface]) -> Iterator[Workshop]:
    shop = Workshop(scene, remake)
    try:
        yield shop
    finally:
        shop.close()


def heard(shop: Workshop) -> Any:
    """The next news."""
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        news = shop.poll()
        if news is not None:
            return news
        time.sleep(0.001)
    raise AssertionError("nothing was heard of the workshop")


def rests(shop: Workshop) -> None:
    """Wait until nothing is in hand."""
    until = time.monotonic() + SOON
    while shop.busy and time.monotonic() < until:
        time.sleep(0.001)
    assert not shop.busy


def test_a_wish_is_made_and_the_scene_wears_it() -> None:
    wall, maker = surface("wall_oak", 7), Maker()
    maker.go.set()
    with workshop(room(wall), maker) as shop:
        assert shop.poll() is None and not shop.busy
        shop.ask(wall, Change(seed_step=1))
        old, new = heard(shop)
        assert old is wall and seed_of(new) == 8
        assert shop.poll() is None
        assert worn(shop.scene, new) == (new,) and worn(shop.scene, wall) == ()
        assert [(r.step, r.seed, r.options["surface"]) for r in shop.scene.records] == [
            ("remake", 8, "wall_oak")
        ]
        assert shop.current(wall) is new


def test_no_method_waits_for_the_work() -> None:
    wall, floor, maker = surface("wall_oak", 7), surface("floor_oak", 3), Maker()
    with workshop(room(wall, floor), maker) as shop:
        shop.ask(wall, Change(seed_step=1))
        assert maker.begun.acquire(timeout=SOON)
        start = time.perf_counter()
        for _ in range(200):
            shop.ask(floor, Change(seed_step=1))
            assert shop.poll() is None and shop.busy
            assert shop.current(wall) is wall and len(shop.scene.nodes) == 1
        assert time.perf_counter() - start < 1.0
        maker.go.set()
        assert {heard(shop)[0].name, heard(shop)[0].name} == {"wall_oak", "floor_oak"}
        rests(shop)
    assert len(maker.asked) == 2


def test_the_latest_wish_for_a_surface_wins_over_the_one_in_hand_and_those_that_wait() -> None:
    wall, floor, maker = surface("wall_oak", 7), surface("floor_oak", 3), Maker()
    with workshop(room(wall, floor), maker) as shop:
        shop.ask(wall, Change(seed_step=1))
        assert maker.begun.acquire(timeout=SOON)
        shop.ask(floor, Change(seed_step=1))
        shop.ask(wall, Change(seed_step=2))
        shop.ask(wall, Change(seed_step=3))
        maker.go.set()
        first, second = heard(shop), heard(shop)
        rests(shop)
        assert shop.poll() is None
    assert (first[0], seed_of(first[1])) == (floor, 4)
    assert (second[0], seed_of(second[1])) == (wall, 10)
    assert [change.seed_step for _, _, change in maker.asked] == [1, 1, 3]


def test_wishes_count_from_the_surface_they_name_and_swap_what_is_worn_now() -> None:
    wall, maker = surface("wall_oak", 7), Maker()
    maker.go.set()
    with workshop(room(wall), maker) as shop:
        shop.ask(wall, Change(seed_step=1))
        _, first = heard(shop)
        shop.ask(wall, Change(seed_step=2))  # the trigger is still held
        old, second = heard(shop)
        assert old is first and seed_of(second) == 9
        scene, base, _ = maker.asked[-1]
        assert base is wall and worn(scene, wall) == (wall,)
        shop.ask(shop.current(wall), Change(seed_step=1))  # a new press
        assert seed_of(heard(shop)[1]) == 10
        shop.ask(wall, Change())
        old, back = heard(shop)
        assert back is wall and seed_of(old) == 10
        assert [record.seed for record in shop.scene.records] == [7]
    assert len(maker.asked) == 3


def test_what_shares_a_picture_is_swapped_together() -> None:
    picture = Image(np.full((2, 2, 3), 5, np.uint8))
    one, other = surface("wall_oak", 7, picture), surface("wall_oak", 7, picture)
    maker = Maker()
    maker.go.set()
    with workshop(room(one, other, surface("floor_oak", 7)), maker) as shop:
        shop.ask(other, Change(seed_step=1))
        swaps = [heard(shop), heard(shop)]
        assert [old for old, _ in swaps] == [one, other]
        assert swaps[0][1] is swaps[1][1] is shop.current(one)
        assert [mesh.surface.name for mesh in shop.scene.nodes[0].meshes][2] == "floor_oak"
        assert worn(shop.scene, one) == ()


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (InputProblem("frame is painted"), "frame is painted"),
        (RuntimeError("no memory"), "wall_oak could not be made again (no memory); it stays as it is"),
    ],
)
def test_a_failure_is_a_sentence_and_the_next_wish_is_heard(problem: Exception, sentence: str) -> None:
    wall, failing = surface("wall_oak", 7), [problem]

    def remake(scene: Scene, old: Surface, change: Change, /, *, progress: Progress) -> Surface:
        if failing:
            raise failing.pop()
        return surface(old.name, seed_of(old) + change.seed_step)

    with workshop(room(wall), remake) as shop:
        shop.ask(wall, Change(seed_step=1))
        assert heard(shop) == sentence
        assert shop.current(wall) is wall and shop.scene.records == ()
        shop.ask(wall, Change(seed_step=1))
        assert seed_of(heard(shop)[1]) == 8


def test_a_surface_of_another_scene_is_a_sentence_too() -> None:
    maker = Maker()
    maker.go.set()
    with workshop(room(surface("wall_oak", 7)), maker) as shop:
        shop.ask(surface("floor_oak", 1), Change(seed_step=1))
        assert "nothing in the scene wears it" in heard(shop)


def test_closing_drops_what_waits_and_does_not_hang() -> None:
    wall, floor, maker = surface("wall_oak", 7), surface("floor_oak", 3), Maker()
    shop = Workshop(room(wall, floor), maker)
    shop.ask(wall, Change(seed_step=1))
    shop.ask(floor, Change(seed_step=1))
    assert maker.begun.acquire(timeout=SOON)
    start = time.monotonic()
    shop.close(patience=0.05)  # the step in hand goes on and on
    assert time.monotonic() - start < 5.0
    maker.go.set()
    shop.close()
    assert shop.poll() is None and len(maker.asked) == 1
    shop.ask(wall, Change(seed_step=1))
    assert not shop.busy and len(maker.asked) == 1
    assert "reroll" not in {thread.name for thread in threading.enumerate()}


def test_a_hand_turns_the_slider_that_a_surface_has() -> None:
    sky = Surface("sky", base_colour=Texture(Image(np.zeros((1, 1, 3), np.uint8))), unlit=True)
    assert turned(surface("wall_oak", 7), 1, -2) == Change(1, {"brightness": -1.0})
    assert turned(sky, 0, 2) == Change(0, {"cover": 0.3})
    assert turned(sky, -1, 0) == Change(-1)
    assert turned(Surface("paint"), 0, 3) == Change()


def test_alike_is_one_object_or_one_name_and_picture() -> None:
    picture = Image(np.zeros((1, 1, 3), np.uint8))
    one = surface("wall_oak", 7, picture)
    assert alike(one, one) and alike(one, surface("wall_oak", 7, picture))
    assert not alike(one, surface("frame_oak", 7, picture))
    assert not alike(one, surface("wall_oak", 7))
    assert not alike(Surface("paint"), Surface("paint"))


def test_replacing_what_nobody_wears_is_an_error() -> None:
    with pytest.raises(ValueProblem, match="wall_oak: nothing in the scene wears it"):
        replaced(room(), surface("wall_oak", 7), surface("wall_oak", 8))


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {"seed": 3},
        {"step": "texture", "seed": "x"},
        {"step": "texture", "seed": True},
        {"step": "texture", "options": 3},
    ],
)
def test_a_record_that_is_none_is_none(record: object) -> None:
    told = Surface("wall_oak", unlit=True, extras={"vrgen": {"record": record}})
    assert record_of(told) is None and slider_names(told) == ()
