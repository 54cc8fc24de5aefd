"""Light in textures: no overlap, gutters, one orientation, and the same light as on vertices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import LightOptions, light, light_texels
from vrgen.bake.charts import cut
from vrgen.bake.light import illuminate
from vrgen.bake.pack import GUTTER, pack
from vrgen.bake.parts import collect
from vrgen.bake.raster import cover
from vrgen.bake.sampling import Sampler, transformed
from vrgen.bake.solve import solve
from vrgen.bake.stitch import stitch
from vrgen.bake.texel_light import lay_out, on_sheet
from vrgen.bake.texels import spots
from vrgen.core import Camera, Image, Light, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import srgb_to_linear
from vrgen.core.progress import SILENT

FAST = LightOptions(texel_m=0.2, samples=32, bounces=2)
MARKER = np.full((8, 8, 3), 200, np.uint8)
MARKER[:, :2] = (200, 0, 0)  # red at the left
MARKER[:2, 2:] = (0, 0, 200)  # blue on top


def ball(radius: float = 0.5) -> Mesh:
    """A smooth ball of 16 x 24 quads, without UVs."""
    rows, columns = np.meshgrid(np.linspace(0, np.pi, 17), np.linspace(0, 2 * np.pi, 25), indexing="ij")
    way = [np.sin(rows) * np.cos(columns), np.cos(rows), -np.sin(rows) * np.sin(columns)]
    points = np.stack(way, axis=-1).reshape(-1, 3)
    first = (25 * np.arange(16)[:, None] + np.arange(24)).reshape(-1, 1)
    faces = np.concatenate([first + np.array(three) for three in ([0, 25, 26], [0, 26, 1])])
    return Mesh(
        radius * points, faces, Surface("ball", base_colour_factor=(0.6, 0.5, 0.4, 1)), normals=points
    )


@pytest.fixture
def room(mesh, box) -> Scene:
    """A room with a lamp, a ball, and one cube in two places."""
    paint = Surface("paint", base_colour=Texture(Image(MARKER), magnify="nearest"))
    walls = mesh(box((0, 0, 0), (3, 2.5, 3), inside=True), paint)
    cube = mesh(box((0, 0, 0), (0.5, 0.5, 0.5)), paint)
    return Scene(
        "room",
        (
            Node("walls", meshes=(walls,)),
            Node("cube", translation=np.array([0.4, 0, 0.5]), meshes=(cube,), extras={"a": 1}),
            Node("copy", translation=np.array([2.0, 0, 0.5]), meshes=(cube,)),
            Node("ball", translation=np.array([1.6, 0.5, 2.0]), meshes=(ball(),)),
            Node("lamp", translation=np.array([1.5, 2.2, 1.5]), light=Light("point", 60.0)),
            Node("eye", camera=Camera(1.0)),
        ),
        extras={"mine": {"b": 2}},
    )


def meshes_of(scene: Scene) -> list[Mesh]:
    return [mesh for node, _ in scene.walk() for mesh in node.meshes]


def test_charts_take_every_triangle_once_at_true_size(room) -> None:
    parts = collect(room)
    charts = cut(parts, list(range(len(parts))), progress=SILENT)
    for place, part in enumerate(parts):
        rows = np.concatenate([chart.triangles for chart in charts if chart.part == place])
        np.testing.assert_array_equal(np.sort(rows), np.arange(len(part.mesh.indices)))
    for chart in charts:
        a, b = (chart.flat[:, k] - chart.flat[:, 0] for k in (1, 2))
        flat = -0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
        corners = parts[chart.part].corners()[chart.triangles]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        area = 0.5 * np.linalg.norm(cross, axis=1)
        assert flat.sum() == pytest.approx(area.sum(), rel=1e-3)
        assert (flat > -1e-9).mean() > 0.99  # seen from outside, not mirrored
    assert len(charts) < 60


def test_no_texel_of_an_atlas_belongs_to_two_charts(room) -> None:
    bake = lay_out(room, per_metre=5.0, max_texels=100_000, progress=SILENT)
    sheet = bake.stage.sheet
    taken = np.zeros((sheet.height, sheet.width), int)
    for (x, y), (columns, rows) in zip(sheet.corner, sheet.extent, strict=True):
        taken[y - GUTTER : y + rows + GUTTER, x - GUTTER : x + columns + GUTTER] += 1
    assert taken.max() == 1
    assert taken.sum() == ((sheet.extent + 2 * GUTTER).prod(axis=1)).sum()
    places = np.concatenate([sheet.places(number) for number in range(len(sheet.charts))])
    found = cover(places * 4, width=sheet.width * 4, height=sheet.height * 4)
    a, b = (places[:, k] - places[:, 0] for k in (1, 2))
    area = 0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    assert len(found.texel) == pytest.approx(16 * area, rel=0.02)  # what is covered twice would be missing
    assert (bake.stage.texel >= 0).sum() == taken.sum()


def test_lightmap_holds_the_light_of_the_vertex_bake(room) -> None:
    """Mean light of the walls, floor and ceiling, and its spread, on both ways."""
    bright = Scene("s", tuple(node for node in room.nodes if node.name in ("walls", "lamp")))
    stage, lux = illuminate(bright, FAST)
    bake = lay_out(bright, per_metre=5.0, max_texels=100_000, progress=SILENT)
    found = solve(bright, bake.stage, FAST, tiles=bake.stage.tiles, progress=SILENT)
    assert found[:, 1].mean() == pytest.approx(lux[:, 1].mean(), rel=0.02)
    assert np.percentile(found[:, 1], 90) == pytest.approx(np.percentile(lux[:, 1], 90), rel=0.04)
    _, lightmap = light_texels(bright, replace(FAST, light="lightmap"))
    here = bake.stage.texel >= 0
    np.testing.assert_allclose(lightmap.illuminance[here], found[bake.stage.texel[here]], rtol=0.02)
    assert stage.receivers.texels > 0 and lightmap.per_metre == 5.0


def test_lightmap_keeps_materials_and_everything_else(room) -> None:
    made = light(room, replace(FAST, light="lightmap"))
    for old, new in zip(meshes_of(room), meshes_of(made), strict=True):
        assert new.surface.lightmap.uv_set == 1 and new.surface.occlusion.uv_set == 1
        assert new.surface.lightmap.image.colour_space == "linear"
        assert new.surface.base_colour is old.surface.base_colour
        assert len(new.indices) == len(old.indices)
        np.testing.assert_allclose(new.positions[new.indices], old.positions[old.indices], atol=1e-6)
        assert 0 <= new.uv1.min() and new.uv1.max() <= 1
        if old.uv0 is not None:
            np.testing.assert_allclose(new.uv0[new.indices], old.uv0[old.indices])
    walls, cube, copy = meshes_of(made)[:3]
    assert walls.surface is cube.surface is copy.surface  # one draw call's worth of material
    assert not np.array_equal(cube.uv1, copy.uv1)  # each copy has its own light
    names = [node.name for node, _ in made.walk()]
    assert names == [node.name for node, _ in room.walk()]
    assert made.nodes[1].extras == {"a": 1} and made.extras["mine"] == {"b": 2}
    assert made.nodes[5].camera == room.nodes[5].camera
    lamp, said = room.nodes[4].light, made.nodes[4].extras["vrgen"]["baked_light"]
    assert made.nodes[4].light is None  # its light is in the map
    assert (said["kind"], said["intensity"]) == (lamp.kind, lamp.intensity)
    np.testing.assert_array_equal(made.nodes[1].translation, room.nodes[1].translation)
    assert made.records[-1].step == "bake"


def test_atlas_shows_the_marker_as_it_was_and_no_gutter_is_dark(room) -> None:
    """At the same corner of the same triangle the picture has the colour of the texture, times light."""
    made, _ = light_texels(room, replace(FAST, light="atlas"), density=40)
    cubes = [(old, new) for old, new in zip(meshes_of(room), meshes_of(made), strict=True)]
    old, new = cubes[1]
    assert new.surface.unlit and new.uv1 is None and new.colours is None
    picture = new.surface.base_colour.image
    sampler = Sampler()
    share = np.array([[0.25, 0.4, 0.35], [0.15, 0.7, 0.15], [0.6, 0.2, 0.2]])
    then = np.concatenate([share @ old.uv0[face] for face in old.indices]).astype(float)
    now = np.concatenate([share @ new.uv0[face] for face in new.indices]).astype(float)
    was = sampler.colours(old.surface.base_colour, then, footprint=1.0)[:, :3]
    shown = sampler.colours(new.surface.base_colour, now, footprint=1.0)[:, :3]
    seen = shown.max(axis=1) > 0.02
    assert seen.mean() > 0.6
    hue_was, hue = (c / c.sum(axis=1, keepdims=True) for c in (was[seen], shown[seen]))
    assert (np.abs(hue_was - hue).max(axis=1) < 0.12).mean() > 0.9
    assert picture.channels == 3
    assert (picture.pixels.max(axis=2) > 0).mean() > 0.94  # all but what stands on the floor


def test_ao_is_open_in_the_middle_and_closed_in_corners(room) -> None:
    empty = Scene("empty", room.nodes[:1])
    walls = meshes_of(light(empty, replace(FAST, light="ao", texel_m=0.1)))[0]
    assert walls.surface.lightmap is None and not walls.surface.unlit
    shade = walls.surface.occlusion
    floor = np.flatnonzero((walls.positions[walls.indices][:, :, 1] < 1e-6).all(axis=1))
    corner = walls.uv1[walls.indices[floor]].reshape(-1, 2).astype(float)
    middle = corner.mean(axis=0, keepdims=True)
    values = Sampler().colours(shade, np.concatenate([middle, 0.97 * corner + 0.03 * middle]), footprint=1.0)
    assert values[0, 0] > 0.85
    assert values[1:, 0].max() < 0.75


def test_a_seam_on_a_smooth_surface_is_closed(mesh) -> None:
    bake = lay_out(
        Scene("b", (Node("b", meshes=(ball(),)),)), per_metre=12, max_texels=10_000, progress=SILENT
    )
    stage = bake.stage
    values = np.asarray(stage.receivers.normals[:, :1] * 0.5 + 0.5, np.float32)
    rough = np.concatenate([values, np.zeros((1, 1), np.float32)])[stage.texel]
    closed = on_sheet(stage, values)

    def gap(picture: np.ndarray) -> float:
        from vrgen.bake.stitch import _edges, _filter, _points, _seams

        one, two = _points(*_seams(_edges(stage.sheet, stage.parts)))
        sides = []
        for points in (one, two):
            texels, weights = _filter(points, *picture.shape[1::-1])
            sides.append((picture.reshape(-1)[texels] * weights).sum(axis=1))
        return float(np.abs(sides[0] - sides[1]).mean())

    assert gap(closed) < 0.25 * gap(rough)
    assert np.abs(closed - rough).max() < 0.2
    np.testing.assert_array_equal(stitch(rough, stage.sheet, stage.parts), closed)


def test_the_same_scene_gives_the_same_atlas(room) -> None:
    one, two = (light_texels(room, replace(FAST, light="atlas", samples=8), density=20)[0] for _ in range(2))
    for a, b in zip(meshes_of(one), meshes_of(two), strict=True):
        assert a.digest() == b.digest()
        assert a.surface.base_colour.image.digest() == b.surface.base_colour.image.digest()


def test_sheets_keep_their_limits(room) -> None:
    parts = collect(room)
    charts = cut(parts, list(range(len(parts))), progress=SILENT)
    sheet = pack(charts, per_metre=100.0, largest=256, progress=SILENT)
    assert max(sheet.width, sheet.height) <= 256 and sheet.per_metre < 100
    assert sheet.width % 4 == sheet.height % 4 == 0
    bake = lay_out(room, per_metre=100.0, max_texels=3_000, progress=SILENT)
    assert len(bake.stage.receivers) < 4_500


def test_glass_keeps_its_alpha_and_lamps_glow(mesh, box) -> None:
    glass = mesh(
        box((1, 0, 1), (1.1, 1, 2)), Surface("glass", alpha_mode="blend", base_colour_factor=(1, 1, 1, 0.3))
    )
    glow = Surface("glow", emissive_factor=(1.0, 0.9, 0.8), emissive_strength=800.0)
    panel = mesh([[(1, 2.4, 1), (2, 2.4, 1), (2, 2.4, 2), (1, 2.4, 2)][::-1]], glow)
    walls = mesh(box((0, 0, 0), (3, 2.5, 3), inside=True), Surface("w"))
    scene = Scene("s", tuple(Node(f"n{i}", meshes=(m,)) for i, m in enumerate((walls, glass, panel))))
    atlas = meshes_of(light(scene, replace(FAST, light="atlas")))
    assert atlas[1].surface.alpha_mode == "blend" and atlas[1].surface.unlit
    panes = Sampler().colours(
        atlas[1].surface.base_colour, atlas[1].uv0[atlas[1].indices].mean(axis=1).astype(float), footprint=1.0
    )
    np.testing.assert_allclose(panes[:, 3], 0.3, atol=0.01)
    picture = atlas[2].surface.base_colour
    middle = atlas[2].uv0.mean(axis=0, keepdims=True).astype(float)
    assert srgb_to_linear(0.9) < Sampler().colours(picture, middle, footprint=1.0)[0, 0]


def test_textures_are_read_as_viewers_do() -> None:
    image = Image(np.arange(16, dtype=np.float32).reshape(4, 4, 1), "linear")
    middle = np.array([[0.375, 0.625]])
    assert Sampler().colours(Texture(image), middle, footprint=1.0)[0, 0] == 9.0
    assert Sampler().colours(Texture(image), middle + 7, footprint=1.0)[0, 0] == 9.0
    mirrored = Texture(image, wrap=("mirrored_repeat", "clamp_to_edge"))
    assert Sampler().colours(mirrored, np.array([[1.625, 9.0]]), footprint=1.0)[0, 0] == 13.0
    assert Sampler().colours(Texture(image), middle, footprint=4.0)[0, 0] == 7.5
    turned = Texture(image, rotation=np.pi / 2, scale=(2.0, 3.0), offset=(0.1, 0.2))
    np.testing.assert_allclose(transformed(turned, np.array([[0.5, 0.25]])), [[0.85, -0.8]])


def test_spots_tell_the_triangle_under_a_texel(room) -> None:
    bake = lay_out(room, per_metre=5.0, max_texels=100_000, progress=SILENT)
    sheet = bake.stage.sheet
    found = spots(sheet, (0.5, 0.5), finer=2)
    places = np.stack([np.full((len(found.texel), 2), -1.0)] * 3, axis=1)
    for number, chart in enumerate(sheet.charts):
        laid = np.zeros((int(chart.triangles.max()) + 1, 3, 2))
        laid[chart.triangles] = sheet.places(number)
        mine = found.chart == number
        places[mine] = laid[found.triangle[mine]]
    told = np.einsum("nck,nc->nk", places, found.weights) * 2 - 0.5
    row, column = np.divmod(found.texel, sheet.width * 2)
    np.testing.assert_allclose(told, np.stack([column, row], axis=1), atol=1e-5)
