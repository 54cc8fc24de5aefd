"""What surrounds the pictures: contexts, viewpoints, sheets, ownership, the light's mathematics."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vrgen.core import Image, Mesh, Node, Scene, Sky, Sun, Surface
from vrgen.core.frames import direction_from_angles, equirect_directions, equirect_solid_angles
from vrgen.errors import UsageProblem, ValueProblem
from vrgen.view.sheet import contact_sheet
from vrgen.view.shot import ShotOptions, rendering, shot, write_picture


def test_importing_the_verbs_loads_no_opengl():
    """`vrgen --help` names shot and view: neither may pull OpenGL, pyrender or glfw in."""
    program = (
        "import sys, vrgen.view.shot, vrgen.view.window, vrgen.view.sheet, vrgen.view.walk;"
        "print([m for m in ('OpenGL', 'pyrender', 'glfw', 'trimesh', 'PIL') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("antialias", ["msaa", "fxaa"])
def test_osmesa_draws_what_egl_draws(gl, tmp_path, antialias):
    """The second choice gives the same picture as the first, in a process of its own."""
    from vrgen.view.gl import PLATFORM, _library

    if PLATFORM != "egl" or _library("OSMesa") is None:
        pytest.skip("needs EGL and OSMesa: apt install libegl1 libosmesa6")
    program = (
        "import sys, numpy as np\nfrom vrgen.core import *\nfrom vrgen.view.shot import *\n"
        "s = Surface(base_colour_factor=(.8, .3, .1, 1), roughness_factor=.4)\n"
        "m = Mesh([(-1, 1, 0), (1, 1, 0), (0, -1, .5)], [(0, 2, 1)], s)\n"
        "o = ShotOptions(size=(64, 48), antialias=sys.argv[2])\n"
        "p = shot(Scene('s', (Node('n', meshes=(m,)),)), o).pixels\n"
        "np.save(sys.argv[1], p)"
    )
    pictures = []
    for platform in ("egl", "osmesa"):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYOPENGL_PLATFORM": platform}
        path = tmp_path / f"{platform}.npy"
        done = subprocess.run(
            [sys.executable, "-c", program, str(path), antialias],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        pictures.append(np.load(path).astype(int))
    assert pictures[0].std() > 5 and np.abs(pictures[0] - pictures[1]).max() <= 2


def test_everything_is_released(gl, build):
    """After a shot the driver knows no texture, buffer, array, program or framebuffer of ours."""
    scene = build.scene(build.ball(Surface()), build.quad(build.unlit(1, 0, 0)), sky=build.gradient_sky())
    kinds = (gl.glIsTexture, gl.glIsBuffer, gl.glIsVertexArray, gl.glIsProgram, gl.glIsFramebuffer)

    def alive() -> list[int]:
        # Names are not used again at once: those of the tests before count up to thousands.
        return [sum(bool(kind(name)) for name in range(1, 8000)) for kind in kinds]

    before = alive()
    with rendering(scene) as renderer:
        assert sum(alive()) > sum(before)
        renderer.delete()
        assert alive() == before
    shot(scene, ShotOptions(size=(16, 16)))
    assert alive() == before


def test_equal_parts_are_uploaded_once(gl, build):
    """A hundred places of one mesh are one batch of instances, and those out of sight are not drawn."""
    mesh = build.quad(build.unlit(1, 0, 0))
    nodes = tuple(Node(f"n{i}", translation=[i * 3.0, 0, 0], meshes=(mesh,)) for i in range(100))
    from vrgen.view.eye import Eye
    from vrgen.view.target import Target

    with rendering(Scene("many", nodes)) as renderer:
        assert [len(batch.pieces) for batch in renderer.batches] == [100]
        assert len(renderer.batches[0].counts) == 1
        eye = Eye.looking((0, 0, 3), (0, 0, -1), yfov=0.5, aspect=1.0)
        with Target(16, 16) as target:
            renderer.render(eye, target.framebuffer, (16, 16))
        assert (renderer.cost.draw_calls, renderer.cost.triangles) == (1, 2)


@given(
    st.lists(st.floats(-50, 50), min_size=6, max_size=6),
    st.floats(0.5, 5),
    st.floats(0, 360),
    st.floats(-80, 80),
)
@settings(max_examples=60)
def test_culling_never_hides_what_is_seen(places, size, azimuth, elevation):
    """A box with a corner in the picture is never left out."""
    pytest.importorskip("OpenGL")
    from vrgen.view.eye import Eye, visible

    at, low = np.array(places[:3]), np.array(places[3:])
    eye = Eye.looking(at, direction_from_angles(azimuth, elevation), yfov=0.9, aspect=1.6)
    corners = np.array(np.meshgrid(*zip(low, low + size, strict=True))).reshape(3, -1)
    clip = eye.view_projection @ np.vstack([corners, np.ones(8)])
    seen = (np.abs(clip[:3]) < clip[3]).all(axis=0).any()
    assert not seen or visible(eye, low[None], low[None] + size)[0]


def test_asymmetric_frustum():
    """The four tangents of OpenXR land on the four sides of clip space; near and far on its ends."""
    from vrgen.view.eye import frustum

    for zfar in (50.0, None):
        matrix = frustum(-1.2, 0.8, -0.9, 1.1, znear=0.1, zfar=zfar)
        for x, y, wanted in ((-1.2, -0.9, (-1, -1)), (0.8, 1.1, (1, 1))):
            clip = matrix @ (x * 3, y * 3, -3.0, 1.0)
            assert clip[:2] / clip[3] == pytest.approx(wanted)
        near = matrix @ (0, 0, -0.1, 1)
        far = matrix @ (0, 0, -(zfar or 1e9), 1)
        assert near[2] / near[3] == pytest.approx(-1) and far[2] / far[3] == pytest.approx(1, abs=1e-6)


def test_irradiance_against_quadrature(gl, build):
    """The harmonics' E / pi agrees with the sum over the sky, which is smooth here."""
    from vrgen.view.ambient import irradiance, irradiance_towards

    radiance = build.gradient_sky(64).radiance
    normals = np.array([direction_from_angles(a, e) for a, e in ((0, 90), (10, 0), (200, 40), (0, -90))])
    cosines = np.maximum(equirect_directions(64).reshape(-1, 3) @ normals.T, 0)
    weights = np.broadcast_to(equirect_solid_angles(64), (64, 128)).reshape(-1, 1)
    wanted = (cosines * weights).T @ radiance.reshape(-1, 3) / np.pi
    assert irradiance_towards(irradiance(radiance), normals) == pytest.approx(wanted, abs=0.02)


def test_the_sun_counts_once(gl):
    """Its disc is taken out of the sky's picture where it becomes a lamp, and nothing else changes."""
    from vrgen.view.ambient import sunless

    towards = direction_from_angles(30, 40)
    radiance = np.full((64, 128, 3), 2.0, np.float32)
    radiance[equirect_directions(64) @ towards > np.cos(np.radians(3))] = 1e5
    assert sunless(Sky(radiance)).max() == 1e5
    calm = sunless(Sky(radiance, Sun(towards, 1000.0, np.ones(3))))
    assert calm.max() == 2.0 == calm.min()


@pytest.mark.parametrize("aspect", [0.5, 1.0, 2.4])
def test_framing_fits(gl, build, aspect):
    """Without a camera, the whole scene is in the picture and fills it in one direction at least."""
    from vrgen.view.viewpoint import framing

    nodes = (
        Node("a", translation=[4, 1, -2], meshes=(build.ball(Surface()),)),
        Node("b", translation=[-3, 0, 2], scale=[1, 3, 1], meshes=(build.ball(Surface()),)),
    )
    scene = Scene("two", nodes)
    eye = framing(scene, aspect=aspect)
    corners = np.array(np.meshgrid(*zip(*scene.bounds(), strict=True))).reshape(3, -1)
    clip = eye.view_projection @ np.vstack([corners, np.ones(8)])
    reach = np.abs(clip[:2] / clip[3]).max(axis=1)
    assert (clip[3] > 0).all() and reach.max() <= 1.0 and reach.max() > 0.8


def test_rooms_are_seen_from_inside(gl, build):
    """A room is looked at from within; what stands in it is framed from within too."""
    from vrgen.view.viewpoint import framing

    ball = build.ball(Surface())
    room = Node("room", scale=[4, 2, 5], meshes=(replace(ball, indices=ball.indices[:, ::-1]),))
    for nodes in ((room,), (room, Node("work", translation=[0, -0.5, 0], meshes=(ball,)))):
        at = framing(Scene("inside", nodes), aspect=1.5).position
        assert np.all(np.abs(at) < (4, 2, 5))


def test_contact_sheet():
    """Three pictures in two columns: two rows, each picture where it belongs, words below."""
    colours = {"one": (250, 0, 0), "two": (0, 250, 0), "a very long name " * 20: (0, 0, 250)}
    pictures = {name: Image(np.full((90, 160, 3), colour, np.uint8)) for name, colour in colours.items()}
    sheet = contact_sheet(pictures, columns=2, width=800).pixels
    found = [np.argwhere((sheet == colour).all(axis=2)) for colour in colours.values()]
    places = [pixels.mean(axis=0) for pixels in found]
    assert sheet.shape[1] == 800 and places[0][0] == places[1][0] < places[2][0]
    assert places[0][1] == places[2][1] < places[1][1]
    below = sheet[found[0][:, 0].max() + 2 : found[2][:, 0].min() - 2]
    assert below.max() > 150  # the captions
    with pytest.raises(ValueProblem, match="no pictures"):
        contact_sheet({})


def test_write_picture(tmp_path):
    """PNG keeps every byte; an unknown ending is a usage problem and leaves nothing."""
    import PIL.Image

    image = Image(np.random.default_rng(0).integers(0, 255, (8, 9, 3)).astype(np.uint8))
    write_picture(image, tmp_path / "a.png")
    with PIL.Image.open(tmp_path / "a.png") as stored:
        assert np.array_equal(np.asarray(stored), image.pixels)
    with pytest.raises(UsageProblem, match=r"a\.gif.*expected"):
        write_picture(image, tmp_path / "a.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_sixteen_lamps_at_most(gl, build):
    """Of more lamps the strongest stay, and the sun always."""
    from vrgen.core import Light
    from vrgen.view.lamps import lamps_of

    lamps = [Node(f"l{i}", light=Light("point", float(i + 1))) for i in range(30)]
    sun = Node("sun", light=Light("directional", 0.5))
    kept = lamps_of(Scene("many", (*lamps, sun)))
    assert len(kept) == 16 and kept["colour_kind"][0, 3] == 0
    assert sorted(kept["colour_kind"][1:, 0]) == list(range(16, 31))


def test_meshes_without_anything(gl):
    """No triangles, no normals, no UV: drawn as far as it goes."""
    empty = Mesh(np.zeros((0, 3)), np.zeros((0, 3)), Surface())
    bare = Mesh([(-1, -1, 0), (1, -1, 0), (0, 1, 0)], [(0, 1, 2)], Surface())
    picture = shot(Scene("s", (Node("n", meshes=(empty, bare)),)), ShotOptions(size=(32, 32)))
    assert picture.pixels.std() > 3
