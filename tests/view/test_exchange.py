"""Exchange: another surface comes in slice by slice, is seen at once, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.core import Image, Node, Scene, Surface, Texture
from vrgen.errors import ValueProblem
from vrgen.view.shot import rendering

SIZE = (48, 48)


def plain(colour, *, side=64, scale=(1.0, 1.0), **options):
    pixels = np.full((side, side, 3), colour, np.uint8)
    return Surface(base_colour=Texture(Image(pixels), scale=scale), unlit=True, **options)


def striped(colour, **options):
    surface = plain(colour, **options)
    pixels = surface.base_colour.image.pixels.copy()
    pixels[::4] = 0
    return replace(surface, base_colour=replace(surface.base_colour, image=Image(pixels)))


def room(build, wall, other):
    """Two walls of one surface and a floor of another."""
    return Scene(
        "room",
        (
            Node("wall", meshes=(build.quad(wall),)),
            Node("wall_2", translation=[2.1, 0, 0], meshes=(build.quad(wall),)),
            Node("floor", translation=[0, -2.1, 0], meshes=(build.quad(other),)),
        ),
    )


def picture(renderer):
    from vrgen.view.eye import Eye
    from vrgen.view.target import Target

    eye = Eye.looking((0.9, -0.9, 5.0), (0, 0, -1), yfov=0.9, aspect=1.0)
    with Target(*SIZE) as target:
        renderer.render(eye, target.framebuffer, SIZE)
        return target.pixels()


NEW = {
    "another picture": lambda: striped((30, 200, 90)),
    "another size of picture": lambda: striped((30, 200, 90), side=128),
    "another scale": lambda: striped((30, 200, 90), scale=(0.5, 0.5)),
    "a factor": lambda: striped((30, 200, 90), base_colour_factor=(0.5, 1.0, 0.3, 1.0)),
    "paint": lambda: Surface(base_colour_factor=(0.1, 0.2, 0.9, 1.0), unlit=True),
    "seen from both sides": lambda: striped((30, 200, 90), double_sided=True),
}


@pytest.mark.parametrize("what", NEW)
@pytest.mark.parametrize("lit", [False, True])
def test_an_exchanged_surface_looks_as_if_it_had_always_been_there(gl, build, what, lit):
    from vrgen.view.exchange import Exchange

    old = replace(plain((200, 60, 40)), unlit=not lit)
    new, other = replace(NEW[what](), unlit=not lit), striped((90, 90, 200))
    with rendering(room(build, new, other), exposure=1.0) as renderer:
        expected = picture(renderer)
    with rendering(room(build, old, other), exposure=1.0) as renderer:
        before = picture(renderer)
        exchange = Exchange(renderer, old, new)
        while not exchange.advance():
            assert np.array_equal(picture(renderer), before)  # nothing is seen of it until it is whole
        assert np.array_equal(picture(renderer), expected)
        assert not np.array_equal(before, expected)


def test_a_lit_surface_is_no_exchange_for_an_unlit_one(gl, build):
    from vrgen.view.exchange import Exchange

    old = plain((200, 60, 40))
    with rendering(room(build, old, plain((1, 2, 3)))) as renderer:
        with pytest.raises(ValueProblem, match="lit surface for an unlit one"):
            Exchange(renderer, old, replace(striped((3, 4, 5)), unlit=False))


def test_slices_are_as_small_as_asked(gl, build):
    from vrgen.view.exchange import Exchange

    old, new = plain((200, 60, 40)), striped((30, 200, 90), side=256)
    with rendering(room(build, old, plain((1, 2, 3)))) as renderer:
        exchange = Exchange(renderer, old, new)
        steps = 1
        while not exchange.advance(budget=256 * 3 * 16):
            steps += 1
    assert steps == 16


def test_textures_that_nothing_wears_are_released(gl, build):
    from vrgen.view.exchange import Exchange

    old, other = plain((200, 60, 40)), plain((1, 2, 3))
    with rendering(room(build, old, other)) as renderer:
        memory = renderer.textures.memory
        name = renderer.places(old)["base_colour"].name
        for shade in range(3):
            new = plain((10 + shade, 60, 40))
            exchange = Exchange(renderer, old, new)
            while not exchange.advance():
                pass
            assert not gl.glIsTexture(name)
            assert renderer.textures.memory == memory
            old, name = new, renderer.places(new)["base_colour"].name
        assert gl.glIsTexture(name)


def test_a_texture_that_another_surface_wears_too_stays(gl, build):
    from vrgen.view.exchange import Exchange

    old = plain((200, 60, 40))
    other = replace(old, name="ceiling")
    with rendering(room(build, old, other)) as renderer:
        name = renderer.places(old)["base_colour"].name
        exchange = Exchange(renderer, old, plain((1, 2, 3)))
        while not exchange.advance():
            pass
        assert gl.glIsTexture(name)
        assert picture(renderer)[40, 8, 0] == 200
