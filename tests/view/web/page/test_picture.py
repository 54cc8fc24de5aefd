"""The page shows what our own renderer shows: the same camera, structural similarity of at least 0.9."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vrgen.core import Light, Node
from vrgen.core.frames import look_rotation
from vrgen.view.shot import ShotOptions, shot

SIZE = (480, 270)
ALIKE = 0.9


def similarity(one, other):
    """Mean structural similarity (Wang et al. 2004) of two 8-bit pictures, sigma 1.5 px; and its map."""
    import cv2

    a, b = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) for image in (one, other))
    smooth = lambda image: cv2.GaussianBlur(image, (11, 11), 1.5)  # noqa: E731
    ma, mb = smooth(a), smooth(b)
    va, vb, both = smooth(a * a) - ma**2, smooth(b * b) - mb**2, smooth(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    parts = (2 * ma * mb + c1) * (2 * both + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
    return float(parts.mean()), parts


def compare(page, ours, folder: Path, *, brightness: float):
    """Alike in structure, and as bright; a picture of both and their difference stays behind on failure."""
    import cv2

    assert page.shape == ours.shape
    alike, parts = similarity(page, ours)
    off = float(np.abs(page.astype(float).mean(axis=(0, 1)) - ours.astype(float).mean(axis=(0, 1))).max())
    shown = np.concatenate(
        [page, ours, np.repeat((parts.clip(0, 1) * 255).astype(np.uint8)[..., None], 3, 2)]
    )
    path = folder / "page_ours_difference.png"
    cv2.imwrite(str(path), shown[..., ::-1])
    assert alike >= ALIKE, f"structural similarity {alike:.3f}, see {path}"
    assert off < brightness, f"mean colours differ by {off:.1f} of 255, see {path}"


def test_the_measure_itself():
    random = np.random.default_rng(0)
    image = random.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    assert similarity(image, image)[0] == pytest.approx(1)
    assert similarity(image, 255 - image)[0] < 0


@pytest.mark.parametrize("camera", ["camera_overview", "camera_002"])
def test_a_baked_gallery(visit, two_rooms, tmp_path, camera):
    visitor = visit(*SIZE, device_scale_factor=1)
    if camera != "camera_overview":
        visitor.ask("page.walk.go({x: 0, y: 1.5, z: -1.47, azimuth: 270, elevation: 0}, {jump: true}) && 1")
    visitor.still()
    ours = shot(two_rooms, ShotOptions(size=SIZE, camera=camera))
    compare(visitor.picture(), ours.pixels, tmp_path, brightness=2)


def test_lit_surfaces_under_a_sky(visit, serve, build, two_rooms, tmp_path):
    """Tone mapping, exposure, environment, a lamp and the background, all at once."""
    from vrgen.core import Surface

    stone = Surface("stone", base_colour_factor=(0.7, 0.3, 0.2, 1), roughness_factor=0.7, metallic_factor=0.0)
    brass = Surface(
        "brass", base_colour_factor=(0.9, 0.7, 0.4, 1), roughness_factor=0.35, metallic_factor=1.0
    )
    lamp = Light("point", intensity=600.0, colour=(1.0, 0.9, 0.7))
    scene = build.scene(
        Node("stone", translation=[-1.2, 0, 0], meshes=(build.ball(stone),)),
        Node("brass", translation=[1.2, 0, 0], meshes=(build.ball(brass),)),
        Node("lamp", translation=[0, 2.5, 2.0], rotation=look_rotation((0, -1, -0.2)), light=lamp),
        sky=build.gradient_sky(),
        distance=5.0,
    )
    scene = replace(scene, extras={"vrgen": {"exposure": 0.9}})
    with serve(scene) as running:
        visitor = visit(*SIZE, server=running)
        visitor.until("page.stage.scene.environment !== null && page.stage.scene.background !== null")
        visitor.still()
        compare(visitor.picture(), shot(scene, ShotOptions(size=SIZE)).pixels, tmp_path, brightness=9)


def test_a_lightmap_takes_no_other_light(visit, serve, build, two_rooms, tmp_path):
    """No lamp, no studio, no tone mapping: the picture is that of the same light, unlit on the vertices."""
    from vrgen.core import Image, Mesh, Scene, Surface, Texture

    shade = Image(np.full((8, 8, 3), (90, 128, 160), np.uint8), "linear")
    mapped = Surface("wall", base_colour_factor=(0.8, 0.6, 0.4, 1), lightmap=Texture(shade, uv_set=1))
    wall = Mesh([(-2, -2, 0), (2, -2, 0), (2, 2, 0), (-2, 2, 0)], [(0, 1, 2), (0, 2, 3)], mapped,
                normals=[(0, 0, 1)] * 4, uv1=[(0, 1), (1, 1), (1, 0), (0, 0)])  # fmt: skip
    light = np.append(shade.to_linear()[0, 0], 1.0)
    plain = replace(wall, surface=replace(mapped, lightmap=None, unlit=True), uv1=None, colours=[light] * 4)
    lamp = Node("lamp", translation=[0, 1, 1.5], light=Light("point", 5.0))
    camera = next(node for node in two_rooms.nodes if node.camera is not None)
    eye = replace(camera, translation=[0, 0, 3], rotation=look_rotation((0, 0, -1)))
    scenes = [Scene("s", (Node("wall", meshes=(mesh,)), lamp, eye)) for mesh in (wall, plain)]
    with serve(scenes[0]) as running:
        visitor = visit(*SIZE, server=running)
        visitor.still()
        page, ours = visitor.picture(), shot(scenes[1], ShotOptions(size=SIZE)).pixels
    middle = (slice(100, 170), slice(180, 300))
    np.testing.assert_allclose(page[middle].astype(int), ours[middle].astype(int), atol=2)
