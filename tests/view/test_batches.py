"""Batches: what looks alike is drawn by one call, and looks as it does alone; so do two eyes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.core import Image, Node, Scene, Surface, Texture
from vrgen.view.shot import rendering

CLAMPED = ("clamp_to_edge", "clamp_to_edge")
SIZE = (96, 64)


def works(build, count=12, step=2.4):
    """Pictures of slightly different sizes in a row, each with four colours that run into one another."""
    random = np.random.default_rng(3)
    nodes = []
    for number in range(count):
        high, wide = 31 + number % 2, 30 - number % 2
        v, u = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j][..., None]
        a, b, c, d = random.uniform(30, 250, (4, 3))
        pixels = ((a * u + b * (1 - u)) * v + (c * u + d * (1 - u)) * (1 - v)).astype(np.uint8)
        surface = Surface(base_colour=Texture(Image(pixels), wrap=CLAMPED), unlit=True)
        mesh = build.quad(surface, colours=np.full((4, 4), 0.2 + 0.8 * number / count))
        nodes.append(Node(f"work_{number}", translation=[number * step, 0, 0], meshes=(mesh,)))
    return Scene("works", tuple(nodes))


def eye_at(x, *, aspect=SIZE[0] / SIZE[1], yfov=0.9):
    from vrgen.view.eye import Eye

    return Eye.looking((x, 0.2, 4.0), (0.1, 0, -1), yfov=yfov, aspect=aspect)


def picture(renderer, eyes, size=SIZE, **options):
    from vrgen.view.target import Target

    count = len(eyes) if isinstance(eyes, list) else 1
    with Target(size[0] * count, size[1]) as target:
        renderer.render(eyes, target.framebuffer, size, **options)
        return target.pixels()


def test_works_of_about_one_size_are_one_call(gl, build):
    with rendering(works(build)) as renderer:
        picture(renderer, eye_at(10.0))
        assert len(renderer.batches) == 1
        assert renderer.cost.draw_calls > 1 and renderer.cost.batches == 2  # and the sky


def test_a_work_looks_in_a_batch_as_it_does_alone(gl, build):
    """Its layer is padded with its own edge: magnified, no pixel differs by more than rounding."""
    scene = works(build)
    with rendering(scene) as renderer:
        together = picture(renderer, eye_at(2.4))
    alone = np.zeros_like(together)
    for node in scene.nodes:
        with rendering(replace(scene, nodes=(node,))) as renderer:
            assert renderer.batches[0].pieces[0].node is node
            shown = picture(renderer, eye_at(2.4), sky=False)
            alone = np.where(shown[..., 3:] > 0, shown, alone)
    covered = alone[..., 3] > 0
    assert covered.mean() > 0.2
    assert np.abs(together[covered].astype(int) - alone[covered]).max() <= 1


def test_two_eyes_at_once_are_the_eyes_one_by_one(gl, build):
    """Solid, see-through and sky; the pictures lie side by side, the left eye's first."""
    glass = Surface(base_colour_factor=(0.2, 0.9, 0.4, 0.5), unlit=True, alpha_mode="blend")
    lit = Surface(base_colour_factor=(0.9, 0.3, 0.2, 1.0), roughness_factor=0.4)
    scene = works(build)
    more = (
        Node("pane", translation=[2.0, 0.2, 1.0], meshes=(build.quad(glass),)),
        Node("ball", translation=[4.0, 0.0, 1.0], meshes=(build.ball(lit),)),
    )
    with rendering(replace(scene, nodes=(*scene.nodes, *more))) as renderer:
        eyes = [eye_at(2.4), eye_at(2.464, yfov=1.1)]
        both = picture(renderer, eyes)
        cost = renderer.cost
        for number, eye in enumerate(eyes):
            expected = picture(renderer, eye)
            part = both[:, number * SIZE[0] : (number + 1) * SIZE[0]]
            assert np.abs(part.astype(int) - expected).max() <= 1
        assert not np.array_equal(both[:, : SIZE[0]], both[:, SIZE[0] :])
        assert cost.batches == 4 and cost.draw_calls >= renderer.cost.draw_calls


def test_what_either_eye_sees_is_drawn(gl, build):
    scene = works(build, count=2, step=40.0)
    with rendering(scene) as renderer:
        picture(renderer, [eye_at(0.0), eye_at(40.0)])
        assert renderer.cost.draw_calls == 2
        picture(renderer, eye_at(0.0))
        assert renderer.cost.draw_calls == 1


@pytest.mark.parametrize("unlit", [True, False])
def test_instances_look_as_copies_do(gl, build, unlit):
    """Nine places of a mesh are instances, one a copy: turned, stretched, mirrored, they look the same."""
    surface = Surface(base_colour_factor=(0.8, 0.5, 0.2, 1.0), unlit=unlit, roughness_factor=0.5)
    mesh = build.ball(surface, rings=12)
    scales = np.array([[1, 1, 1], [0.5, 1.4, 1], [1, -1, 1]])[[0, 1, 2] * 4]
    nodes = tuple(
        Node(f"n{i}", translation=[i % 4 * 2.2, 1.5 - i // 4 * 1.5, 0], scale=scale * 0.7, meshes=(mesh,))
        for i, scale in enumerate(scales)
    )
    copies = tuple(replace(node, meshes=(replace(mesh, name=node.name),)) for node in nodes)
    with rendering(Scene("instances", nodes)) as renderer:
        assert any(batch.worlds is not None for batch in renderer.batches)
        instances = picture(renderer, eye_at(3.0))
    with rendering(Scene("copies", copies)) as renderer:
        assert all(batch.worlds is None for batch in renderer.batches)
        copied = picture(renderer, eye_at(3.0))
    assert np.abs(instances.astype(int) - copied).max() <= 2


def test_a_missing_sky_is_transparent(gl, build):
    with rendering(works(build, count=1)) as renderer:
        shown = picture(renderer, eye_at(0.0), sky=False)
        assert set(np.unique(shown[..., 3])) == {0, 255}
        assert not shown[shown[..., 3] == 0].any()


def test_linear_targets_get_linear_colours(gl, build):
    from vrgen.core.frames import linear_to_srgb
    from vrgen.view.eye import Eye
    from vrgen.view.target import Target

    scene = Scene("grey", (Node("n", meshes=(build.quad(build.unlit(0.2, 0.4, 0.05)),)),))
    eye = Eye.looking((0, 0, 1.0), (0, 0, -1), yfov=0.5, aspect=1.0)
    with rendering(scene) as renderer, Target(8, 8, linear=True) as target:
        renderer.render(eye, target.framebuffer, (8, 8), output="linear")
        linear = target.pixels()[4, 4, :3]
        shown = picture(renderer, eye, size=(8, 8))[4, 4, :3]
    assert linear == pytest.approx((0.2, 0.4, 0.05), abs=1e-3)
    assert np.abs(linear_to_srgb(linear) * 255 - shown).max() <= 1


def test_the_cost_counts_what_is_seen(gl, build):
    scene = works(build, count=4)
    with rendering(scene) as renderer:
        picture(renderer, eye_at(3.0))
        assert renderer.cost.draw_calls == 4 and renderer.cost.triangles == 8
        sizes = [node.meshes[0].surface.base_colour.image for node in scene.nodes]
        expected = sum(image.width * image.height * 16 / 3 for image in sizes)
        assert renderer.cost.texture_bytes == pytest.approx(expected, rel=1e-4)
