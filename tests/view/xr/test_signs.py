"""Signs: shapes as arithmetic, and what they look like: cards the right way round, darkness where asked."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vrgen.core import Image, Node, Scene
from vrgen.core.exhibits import Exhibit
from vrgen.view.shot import rendering
from vrgen.view.xr.plaques import LINE, PAD, broken, notice, plaque
from vrgen.view.xr.shapes import CARD, DISC, facing, flat, lying, pointer, ribbon

SIZE = (120, 100)
somewhere = st.tuples(*(st.floats(-5, 5) for _ in range(3))).map(np.array)


def corners(triangles):
    """(T, 3, 3) places."""
    return triangles[:, :3].reshape(-1, 3, 3).astype(float)


@given(somewhere, somewhere)
def test_what_faces_an_eye_is_seen_from_its_front(at, eye):
    if np.linalg.norm(eye - at) < 0.1:
        return
    pose = facing(at, eye)
    assert pose[:3, :3] @ pose[:3, :3].T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)
    assert pose[:3, 2] == pytest.approx((eye - at) / np.linalg.norm(eye - at), abs=1e-9)
    assert pose[1, 0] == pytest.approx(0.0, abs=1e-6)  # level
    for a, b, c in corners(flat(pose, (1.0, 0.5), (1, 1, 1, 1), kind=DISC)):
        assert np.cross(b - a, c - a) @ (eye - a) > 0


def test_a_ribbon_keeps_its_width_and_turns_to_the_eye():
    points, eye = (
        np.array([(0, 1, 0), (0.4, 1.2, -1), (0.5, 0.9, -2), (0.6, 0.2, -2.6)]),
        np.array((0, 1.7, 0.4)),
    )
    made = ribbon(points, eye, width=0.02, colours=((1, 0, 0, 1), (0, 0, 1, 0)))
    assert made.shape == (6 * 3, 11)
    upper, lower = made[made[:, 8] > 0], made[made[:, 8] < 0]
    for row in upper:
        partner = lower[np.argmin(np.linalg.norm(lower[:, :3] - row[:3], axis=1))]
        across = row[:3] - partner[:3]
        assert np.linalg.norm(across) == pytest.approx(0.02, rel=1e-3)
        middle = (row[:3] + partner[:3]) / 2
        assert abs(across @ (eye - middle)) < 1e-3 * np.linalg.norm(eye - middle)
    assert tuple(made[0, 3:7]) == (1, 0, 0, 1) and tuple(made[-1, 3:7]) == (0, 0, 1, 0)


def test_a_ring_lies_on_the_floor_and_faces_up():
    for a, b, c in corners(flat(lying((1, 0, 2)), (0.6, 0.6), (1, 1, 1, 1), kind=DISC)):
        normal = np.cross(b - a, c - a)
        assert normal[1] > 0 and abs(normal[[0, 2]]).max() < 1e-9
        assert 0 < a[1] < 0.02


def test_a_pointer_is_closed_and_seen_from_outside():
    """Every edge has its neighbour the other way round, and the volume is that of a stick, and positive."""
    triangles = corners(pointer(np.eye(4)))
    edges = [
        (tuple(np.round(a, 5)), tuple(np.round(b, 5)))
        for triangle in triangles
        for a, b in zip(triangle, np.roll(triangle, -1, axis=0), strict=True)
        if not np.allclose(a, b, atol=1e-5)
    ]
    assert {(b, a) for a, b in edges} == set(edges)
    volume = sum(float(np.cross(a, b) @ c) for a, b, c in triangles) / 6
    assert 5e-6 < volume < 3e-5
    assert triangles[..., 2].min() == pytest.approx(0.0, abs=1e-6)


def test_words_are_broken_where_lines_end():
    lines = list(broken("one two three four five", len and (lambda words: 100.0 * len(words))))
    assert lines == ["one two", "three", "four", "five"] or all(100 * len(line) <= LINE for line in lines)
    assert " ".join(lines) == "one two three four five"


def test_a_plaque_grows_with_its_words():
    work = Exhibit("work_001", "Poppies", artist="A. Painter", year="1889", size_cm=(92.0, 73.0))
    short, long = plaque(work), plaque(replace(work, text="They grow where the ground was turned. " * 8))
    assert long.height > short.height + 200 and long.width <= LINE + 2 * PAD
    assert short.channels == 4 and short.pixels[0, 0, 3] == 0  # its corners are round
    assert notice("Saved.").height < short.height


@pytest.fixture
def stage(gl, build):
    """Draws signs over a plain room, one eye at the origin that looks along -Z; gives back the picture."""
    from vrgen.view.eye import Eye, frustum
    from vrgen.view.target import Target
    from vrgen.view.xr.cues import Cues
    from vrgen.view.xr.rig import Rig
    from vrgen.view.xr.signs import Signs

    wall = Node("wall", translation=[0, 0, -5], meshes=(build.quad(build.unlit(0.5, 0.5, 0.5), size=40),))
    with rendering(Scene("room", (wall,))) as renderer, Target(*SIZE) as target:
        signs = Signs()

        def drawn(edges=(-1.2, 1.2, -1.0, 1.0), **told):
            note = told.pop("note", None)
            eye = Eye(frustum(*edges, znear=0.05, zfar=None), np.eye(4))
            cues = Cues(Rig(), **told)
            for _ in range(40 if cues.plaque else 1):  # words are set in a thread
                renderer.render(eye, target.framebuffer, SIZE)
                signs.draw(
                    renderer,
                    cues,
                    head=np.eye(4),
                    aims=[],
                    tangents=[edges],
                    size=SIZE,
                    time=0.0,
                    encode=True,
                    note=note,
                )
                time.sleep(0.02 if cues.plaque else 0)
            return target.pixels()[..., :3].astype(int)

        yield drawn
        signs.delete()


def test_nothing_asked_for_is_nothing_shown(stage):
    assert np.abs(stage() - stage()[0, 0]).max() <= 1


def test_a_card_is_read_from_left_to_right_and_from_the_top(stage):
    pixels = np.full((400, 600, 4), 255, np.uint8)
    pixels[:200, :300, :3], pixels[:200, 300:, :3] = (255, 0, 0), (0, 255, 0)
    pixels[200:, :300, :3], pixels[200:, 300:, :3] = (0, 0, 255), (255, 255, 0)
    picture = stage(note=Image(pixels))
    red, green, blue, yellow = (
        np.argwhere(np.abs(picture - colour).max(axis=-1) < 30).mean(axis=0)
        for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
    )
    assert red[0] == pytest.approx(green[0], abs=1) and red[0] < blue[0] and blue[1] < yellow[1]
    assert red[1] < green[1] and red[1] == pytest.approx(blue[1], abs=2)


def test_a_plaque_stands_where_the_cue_says(stage):
    from vrgen.view.xr.cues import Card

    pose = np.eye(4)
    pose[:3, 3] = (1.0, 0.4, -2.0)
    picture = stage(plaque=Card(Exhibit("work_001", "Poppies", text="Red. " * 40), pose, 2.0))
    rows, columns = np.nonzero(picture.sum(axis=-1) < 200)
    assert len(rows) > 50
    middle = SIZE[0] * (0.5 + 0.5 / 1.2 / 2), SIZE[1] * (0.5 - 0.2 / 2)
    assert ((columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2) == pytest.approx(
        middle, abs=3
    )


def test_a_vignette_lies_around_the_gaze_not_around_the_picture(stage):
    edges = (-1.0, 0.6, -0.9, 0.9)
    clear, dark = stage(edges), stage(edges, vignette=1.0)
    share = dark.sum(axis=-1) / clear.sum(axis=-1)
    column = round(SIZE[0] * 1.0 / 1.6)
    assert share[50, column] > 0.98 and share[2, 2] < 0.02
    light = np.argwhere(share > 0.98)
    assert light.mean(axis=0) == pytest.approx((49.5, column), abs=1.5)


def test_a_fade_darkens_all(stage):
    assert stage(fade=1.0).max() == 0
    half = stage(fade=0.5).mean() / stage().mean()
    assert 0.6 < half < 0.85  # half the light, as sRGB


@pytest.mark.parametrize("valid", [True, False])
def test_a_ring_tells_whether_one_may_stand_there(stage, valid):
    from vrgen.view.xr.cues import Ring

    picture = stage(ring=Ring(np.array((0.0, -1.0, -1.5)), valid)) - stage()
    changed = np.abs(picture).max(axis=-1) > 20
    rows, _ = np.nonzero(changed)
    assert changed.sum() > 30 and rows.min() > SIZE[1] / 2
    blue, red = picture[changed][:, 2].sum(), picture[changed][:, 0].sum()
    assert (blue > red) == valid


def test_shapes_are_the_cards_kind():
    made = flat(np.eye(4), (2.0, 1.0), (1, 1, 1, 1), kind=CARD)
    top_left = made[np.argmin(made[:, 0] - made[:, 1])]
    assert tuple(top_left[7:9]) == (0.0, 0.0)
