"""Renewal: a file that changes is read beside the loop, shown between two frames, and leaves nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vrgen.core import Image, Node, Scene, Surface, Texture
from vrgen.errors import InputProblem
from vrgen.gltf import read, write
from vrgen.gltf.reread import Rereader
from vrgen.view.renewal import Renewal, Renewed

PATIENCE = 30.0


def noise(seed: int, *, side: int = 32, wrap: Any = ("repeat", "repeat"), **more: Any) -> Surface:
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3)).astype(np.uint8)
    return Surface(f"s{seed}", base_colour=Texture(Image(pixels), wrap=wrap), unlit=True, **more)


def room(build: Any, wall: int, *, works: int = 3, lit: bool = False) -> Scene:
    """A wall and a lit one, works that share an array, and a stop before them."""
    clamped = ("clamp_to_edge", "clamp_to_edge")
    hung = [
        Node(f"work_{n}", translation=[n, 1, 0], meshes=(build.quad(noise(20 + n, wrap=clamped), size=0.5),))
        for n in range(works)
    ]
    walls = [build.quad(noise(wall)), build.quad(replace(noise(5), unlit=not lit))]
    return build.scene(*(Node(f"wall_{n}", meshes=(mesh,)) for n, mesh in enumerate(walls)), *hung)


def until(renewal: Renewal) -> Renewed | str:
    ends = time.monotonic() + PATIENCE
    while (news := renewal.poll()) is None:
        assert time.monotonic() < ends, "nothing was told"
        time.sleep(0.01)
    return news


@pytest.fixture
def watched(build: Any, tmp_path: Path) -> Any:
    """A file, and what watches it."""
    path = tmp_path / "show.glb"
    write(room(build, 1), path)
    renewal = Renewal(path, read)
    yield path, renewal
    renewal.close()


def test_a_change_is_read_and_prepared_in_another_thread(build, watched):
    import threading

    path, renewal = watched
    woken, threads = threading.Event(), []

    def prepare(scene: Scene) -> str:
        threads.append(threading.current_thread())
        return scene.name

    renewal.start(prepare=prepare, wake=woken.set)
    time.sleep(0.3)
    assert renewal.poll() is None, "nothing has changed yet"
    write(replace(room(build, 2), name="another"), path)
    news = until(renewal)
    assert isinstance(news, Renewed) and news.scene.name == news.prepared == "another"
    assert woken.wait(5) and threads[0] is not threading.current_thread()
    assert renewal.poll() is None, "it is told once"


def test_a_broken_file_is_a_sentence_and_the_next_good_one_is_shown(build, watched):
    path, renewal = watched
    renewal.start()
    path.write_bytes(path.read_bytes()[:500])
    told = until(renewal)
    assert isinstance(told, str) and "show.glb" in told
    write(room(build, 3), path)
    assert isinstance(until(renewal), Renewed)


def test_a_file_that_is_gone_for_a_moment_is_no_change(watched):
    path, renewal = watched
    renewal.start()
    away = path.with_suffix(".away")
    os.rename(path, away)
    time.sleep(0.4)
    os.rename(away, path)
    time.sleep(0.6)
    assert renewal.poll() is None


def test_a_picture_that_stayed_is_the_same_object(build, tmp_path):
    path, reader = tmp_path / "show.glb", Rereader()
    write(room(build, 1), path)
    first = reader.read(path)
    write(room(build, 2, works=2), path)
    second = reader.read(path)
    third = reader.read(path)

    def pictures(scene: Scene) -> dict[str, Image]:
        return {m.surface.name: m.surface.base_colour.image for node, _ in scene.walk() for m in node.meshes}

    before, after = pictures(first), pictures(second)
    assert set(after) - set(before) == {"s2"} and len(after) == 4
    assert all(after[name] is before[name] for name in set(after) & set(before))
    assert pictures(third) == after
    assert np.array_equal(after["s2"].pixels, pictures(read(path))["s2"].pixels)


def test_a_damaged_picture_is_refused_when_it_is_read(build, tmp_path):
    path = tmp_path / "show.glb"
    pixels = np.random.default_rng(1).integers(0, 255, (32, 32, 4)).astype(np.uint8)
    write(build.scene(build.quad(Surface(base_colour=Texture(Image(pixels)), alpha_mode="blend"))), path)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"IDAT") + 20
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    read(path)  # which looks at no pixel
    with pytest.raises(InputProblem, match=r"show\.glb"):
        Rereader().read(path)


def picture(renderer: Any) -> np.ndarray:
    from vrgen.view.eye import Eye
    from vrgen.view.target import Target

    eye = Eye.looking((1.0, 0.5, 4.0), (0, 0, -1), yfov=0.9, aspect=1.0)
    with Target(64, 64) as target:
        renderer.render(eye, target.framebuffer, (64, 64))
        return target.pixels()


def held(gl: Any) -> dict[str, int]:
    """How many objects of each kind there are."""
    kinds: dict[str, Callable[[int], int]] = {
        name: getattr(gl, f"glIs{name}")
        for name in ("Texture", "Buffer", "VertexArray", "Program", "Framebuffer")
    }
    return {name: sum(bool(is_one(number)) for number in range(1, 8000)) for name, is_one in kinds.items()}


def test_another_scene_looks_as_if_it_had_always_been_there_and_nothing_piles_up(gl, build):
    """To another scene and back, slices first, as in a headset; with another sky and lit surfaces too."""
    from vrgen.view.arrival import Arrival
    from vrgen.view.shot import rendering

    one = room(build, 1)
    others = [
        room(build, 2),
        room(build, 2, works=5),
        replace(room(build, 1, lit=True), sky=build.even_sky((2.0, 1.0, 0.5))),
        room(build, 1, works=0),
    ]
    expected = []
    for scene in others:
        with rendering(scene, exposure=1.0) as renderer:
            expected.append(picture(renderer))
    with rendering(one, exposure=1.0) as renderer:
        first, before, memory = picture(renderer), held(gl), renderer.textures.memory
        for scene, wanted in zip(others, expected, strict=True):
            arrival, slices = Arrival(renderer, scene), 0
            last = picture(renderer)
            while not arrival.advance(2000):
                slices += 1
                assert np.array_equal(picture(renderer), last), "nothing is seen of it before it is whole"
            renderer.show(scene)
            assert np.array_equal(picture(renderer), wanted)
            assert slices >= 3
            renderer.show(one)
            assert np.array_equal(picture(renderer), first)
        now = held(gl)
        programs = now.pop("Program"), before.pop("Program")
        assert now == before and renderer.textures.memory == memory
        assert programs[0] >= programs[1], "programs are kept: they serve again"
        renderer.show(one)
        assert held(gl)["Program"] == programs[0]


def test_textures_that_both_have_stay_where_they_are(gl, build):
    from vrgen.view.shot import rendering

    one = room(build, 1)
    two = replace(one, nodes=tuple(node for node in one.nodes if node.name != "wall_0"))
    with rendering(one, exposure=1.0) as renderer:
        places = {r.key: renderer.textures.get(r.texture, colour=True).name for r in renderer.asks(two)}
        renderer.show(two)
        assert {
            r.key: renderer.textures.get(r.texture, colour=True).name for r in renderer.asks(two)
        } == places
        assert not renderer.textures.arrays(renderer.asks(two))
