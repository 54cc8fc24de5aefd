"""Edges: smoothed where shapes end, by either way; what is painted on a surface keeps every byte."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.core import Image, Node, Scene, Texture
from vrgen.core.frames import linear_to_srgb, srgb_to_linear
from vrgen.errors import ValueProblem
from vrgen.view.antialias import Smoothing, smoothing
from vrgen.view.shot import ShotOptions, shot

SMALL = ShotOptions(size=(96, 96), antialias="none")


def board(build, degrees: float, image: Image | None = None) -> Scene:
    """A bright board, turned, before a dark wall; its picture is of noise unless one is given."""
    pixels = np.random.default_rng(3).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    texture = Texture(image or Image(pixels), magnify="nearest")
    half = np.radians(degrees) / 2
    front = build.quad(build.unlit(1, 1, 1, base_colour=texture))
    back = build.quad(build.unlit(0.02, 0.02, 0.02), size=40.0)
    turn = [0, 0, np.sin(half), np.cos(half)]
    wall = Node("wall", translation=[0, 0, -2], meshes=(back,))
    return build.scene(
        Node("board", translation=[0.0137, 0.0211, 0], rotation=turn, meshes=(front,)), wall, distance=4.0
    )


def plain(level: int) -> Image:
    """A picture of one grey."""
    return Image(np.full((4, 4, 3), level, np.uint8))


@pytest.mark.parametrize("degrees", [3.0, 11.0, 27.0, 42.0])
def test_edges_come_near_the_truth(gl, build, degrees):
    """Against sixteen times as many pixels, averaged in linear light: half the error, near that of msaa."""
    scene = board(build, degrees, plain(230))
    fine = shot(scene, replace(SMALL, size=(96 * 16, 96 * 16))).pixels[..., 0] / 255
    truth = linear_to_srgb(srgb_to_linear(fine).reshape(96, 16, 96, 16).mean(axis=(1, 3))) * 255
    miss = {
        way: np.sqrt(np.mean((shot(scene, replace(SMALL, antialias=way)).pixels[..., 0] - truth) ** 2))
        for way in ("none", "fxaa", "msaa")
    }
    assert miss["fxaa"] < 0.62 * miss["none"]
    assert miss["fxaa"] < 1.9 * miss["msaa"]


@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_pictures_keep_every_byte(gl, build, degrees):
    """Noise, the hardest picture, changes only within a pixel of the board's outline, straight or turned."""
    scene = board(build, degrees)
    before, after = (shot(scene, replace(SMALL, antialias=way)).pixels for way in ("none", "fxaa"))
    shape = shot(board(build, degrees, plain(255)), SMALL).pixels[..., 0] > 128
    beside = [np.roll(shape, step, axis) for axis in (0, 1) for step in (-1, 1)]
    outline = np.logical_or.reduce([shape != other for other in beside])
    assert outline.any() and np.array_equal(before[~outline], after[~outline])
    assert (before[outline] != after[outline]).any()


def test_surfaces_seen_aslant_are_left_alone(gl, build):
    """A plane that recedes, to the borders of the picture and far away, has no edge in it."""
    floor = replace(board(build, 0.0).nodes[0], rotation=[-np.sin(0.72), 0, 0, np.cos(0.72)], scale=[40] * 3)
    scene = build.scene(replace(floor, translation=[0, -1.0, 0]), distance=3.0)
    before, after = (shot(scene, replace(SMALL, antialias=way)).pixels for way in ("none", "fxaa"))
    rows = np.abs(before.astype(int) - after).max(axis=(1, 2)) > 0
    assert before[-30:].std() > 5 and rows.sum() <= 3  # the horizon


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2), (3, 1), (5, 3)])
def test_tiny_pictures(gl, build, size):
    """Walking along an edge never leaves the picture: what is beyond its border is its border."""
    image = shot(board(build, 11.0, plain(230)), replace(SMALL, size=size, antialias="fxaa"))
    assert image.pixels.shape == (size[1], size[0], 3) and image.pixels.max() <= 230


def test_twice_is_the_same(gl, build):
    """Nothing of one picture is left in the next: every camera begins anew."""
    scene = board(build, 11.0)
    cameras = tuple(replace(scene.nodes[-1], name=f"camera_{i}") for i in range(2))
    from vrgen.view.shot import shots

    options = replace(SMALL, antialias="fxaa", all=True)
    first, second = shots(replace(scene, nodes=(*scene.nodes[:-1], *cameras)), options).values()
    assert np.array_equal(first.pixels, second.pixels)


def test_auto_goes_by_what_draws():
    """msaa on a card, fxaa on the processor, except for linear pictures; a way that is named is kept."""
    assert smoothing("auto", 8, software=False) == Smoothing(samples=8)
    assert smoothing("auto", 4, software=True) == Smoothing(fxaa=True)
    assert smoothing("auto", 4, software=True, linear=True) == Smoothing(samples=4)
    for software in (False, True):
        assert smoothing("none", 4, software=software) == Smoothing()
        assert smoothing("fxaa", 4, software=software) == Smoothing(fxaa=True)
        assert smoothing("msaa", 8, software=software) == Smoothing(samples=8)


def test_fxaa_refuses_linear_light():
    """It works on colours as shown: asked for a linear picture it says what to take instead."""
    with pytest.raises(ValueProblem, match=r"got fxaa for a linear picture, expected auto, none or msaa"):
        ShotOptions(antialias="fxaa", linear=True)
