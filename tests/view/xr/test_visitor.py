"""A visit: scripted hands, frame by frame, in a house of two rooms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vrgen.core import Scene
from vrgen.view.walk import inside
from vrgen.view.xr.frame import Hand
from vrgen.view.xr.gestures import Gestures
from vrgen.view.xr.remaking import HOLD
from vrgen.view.xr.rig import heading
from vrgen.view.xr.visitor import GLIDE_SPEED, SIDES

FLOOR_POINT, WALL_POINT, WORK_POINT, PLAQUE_POINT = (
    (1.5, 0, 0.5),
    (3.9, 2.5, -3),
    (2.1, 1.4, -2.95),
    (2.9, 1.5, -2.98),
)
BLINK = 25
"""Frames after which every blink is over."""
LONG = int(HOLD * 72) + 3
"""Frames of a hold."""


def looks(someone) -> float:
    """Azimuth of the gaze in the world."""
    return heading(someone.visitor.rig.world(someone.head))


def apart(a: float, b: float) -> float:
    """Degrees between two azimuths."""
    return abs((a - b + 180) % 360 - 180)


# ---- where a visit begins, and what does not move


def test_it_begins_at_the_spawn_looking_into_the_room(wearer):
    someone = wearer()
    assert someone.eye == pytest.approx((2, 1.7, 2))  # her own height, wherever she stands in her room
    assert apart(looks(someone), np.degrees(np.arctan2(-1, -0.2))) < 1e-6


def test_it_begins_at_the_overview_where_there_is_no_spawn(wearer, home):
    someone = wearer(replace(home, extras={}))
    assert someone.eye == pytest.approx((2, 1.7, 2))
    assert someone.visitor.rig.position[1] == pytest.approx(0)


def test_a_thing_is_met_from_a_grown_ups_distance(wearer, home):
    picture = replace(home.nodes[1], translation=np.array([0, 0.5, 0]), extras={})
    someone = wearer(Scene("picture", (picture,)))
    x, y, z = someone.eye
    assert y == pytest.approx(1.7 + 0.1) and 1.2 < np.hypot(x, z) < 3
    assert apart(looks(someone), np.degrees(np.arctan2(-z, -x))) < 5


def test_an_empty_scene_is_a_visit_too(wearer):
    someone = wearer(Scene("nothing"))
    hand = Hand(aim=someone.aim((0, 0, 0)), stick=(0, 1), select=True, next=True)
    cues = someone.step(right=hand, count=80)
    assert np.isfinite(cues.rig.matrix).all()


def test_nothing_moves_unasked(wearer):
    """Looking around, walking about one's own room and pointing at things leaves the rig where it is."""
    someone = wearer()
    rig, chance = someone.visitor.rig, np.random.default_rng(1)
    for _ in range(60):
        someone.head = someone.head.copy()
        someone.head[:3, 3] += chance.normal(0, 0.05, 3)
        aim = someone.aim(chance.uniform((-4, 0, -3), (4, 3, 3)))
        cues = someone.step(
            right=Hand(aim=aim, stick=tuple(chance.uniform(-0.3, 0.3, 2))), left=Hand(aim=aim)
        )
        assert cues.rig == rig and cues.fade == 0 and cues.vignette == 0


def test_recentring_is_not_seen(wearer):
    """Her room turns and shifts under her; she stays where she is and looks where she did."""
    someone = wearer()
    someone.step(right=Hand(stick=(1, 0)))
    eye, azimuth = someone.eye, looks(someone)
    someone.head = np.eye(4)
    someone.head[:3, 3] = 0, 1.7, 0
    someone.visitor.step(someone.frame(recentred=True))
    assert someone.eye == pytest.approx(eye) and apart(looks(someone), azimuth) < 1e-6


# ---- turning


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("way", [1, -1])
def test_a_flick_turns_30_degrees_once(wearer, side, way):
    """However long and unsteady the stick is kept aside; again only after it was let go."""
    someone = wearer()
    before, eye = looks(someone), someone.eye
    someone.step(**{side: Hand(stick=(0.9 * way, 0.1))})
    assert apart(looks(someone), before + 30 * way) < 1e-6
    for x in (0.9, 0.5, 0.8, 0.4, 1.0):
        someone.step(count=20, **{side: Hand(stick=(x * way, 0.2))})
    assert apart(looks(someone), before + 30 * way) < 1e-6
    assert someone.eye == pytest.approx(eye)
    someone.step(**{side: Hand()})
    someone.step(**{side: Hand(stick=(way, 0))})
    assert apart(looks(someone), before + 60 * way) < 1e-6


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1, 1), max_size=60))
def test_turns_are_as_many_as_flicks(wearer, sticks):
    """Counted by a reading of the stick of its own: beyond 0.7 after having been within 0.35."""
    someone, flicks, armed = wearer(), 0, True
    before = looks(someone)
    for x in sticks:
        someone.step(left=Hand(stick=(x, 0.0)))
        if armed and abs(x) >= 0.7:
            flicks, armed = flicks + (1 if x > 0 else -1), False
        elif not armed and abs(x) <= 0.35:
            armed = True
    assert apart(looks(someone), before + 30 * flicks) < 1e-6


# ---- teleport


@pytest.mark.parametrize("side", SIDES)
def test_a_teleport_lands_where_the_arc_pointed(wearer, home, side):
    someone = wearer()
    aim = someone.aim((1.5, 1.2, 1.0))
    cues = someone.step(count=10, **{side: Hand(aim=aim, stick=(0, 1))})
    assert cues.ring.valid and np.allclose(cues.ring.centre, cues.arc[-1]) and cues.rays == ()
    landing, azimuth = cues.ring.centre, looks(someone)
    assert inside(home.extras["vrgen"]["walkable"], landing[0], landing[2])
    someone.step(**{side: Hand(aim=aim)})
    fades = [someone.step().fade for _ in range(BLINK)]
    assert max(fades) > 0.8 and fades[-1] == 0
    assert someone.eye == pytest.approx((landing[0], 1.7, landing[2]))
    assert apart(looks(someone), azimuth) < 1e-6


def test_she_is_carried_while_all_is_black(wearer):
    """In the frame in which the place changes, and in the one before, next to nothing is seen."""
    someone = wearer()
    aim = someone.aim((1.5, 1.2, 1.0))
    someone.step(right=Hand(aim=aim, stick=(0, 1)))
    someone.step(right=Hand(aim=aim))
    someone.step(count=BLINK)
    jumps = [
        k for k, (a, b) in enumerate(zip(someone.seen, someone.seen[1:], strict=False)) if a.rig != b.rig
    ]
    (jump,) = jumps
    assert someone.seen[jump].fade > 0.8 and someone.seen[jump + 1].fade > 0.8


def test_she_may_walk_about_while_it_is_black(wearer):
    """Where she lands is where the arc pointed, not beside it by the steps that she took meanwhile."""
    someone = wearer()
    aim = someone.aim((1.5, 1.2, 1.0))
    landing = someone.step(right=Hand(aim=aim, stick=(0, 1))).ring.centre
    someone.step(right=Hand(aim=aim))
    for _ in range(8):
        someone.head = someone.head.copy()
        someone.head[0, 3] += 0.05
        cues = someone.step()
    assert cues.rig != someone.seen[0].rig
    assert np.hypot(*(someone.eye - landing)[[0, 2]]) < 0.05 * 2


def test_no_landing_no_teleport(wearer):
    """Onto a wall, up into the sky: the ring says so, and letting go does nothing."""
    someone = wearer()
    for target in (WALL_POINT, (3.9, 1.2, 2)):
        cues = someone.step(right=Hand(aim=someone.aim(target), stick=(0, 1)), count=2)
        assert not cues.ring.valid
        rig = someone.step(right=Hand(aim=someone.aim(target)), count=BLINK).rig
        assert rig == someone.seen[0].rig


def test_a_hand_that_is_lost_throws_nowhere(wearer):
    someone = wearer()
    someone.step(right=Hand(aim=someone.aim((1.5, 1.2, 1.0)), stick=(0, 1)), count=3)
    someone.step(right=Hand(stick=(0, 1)))
    assert someone.step(right=Hand(), count=BLINK).rig == someone.seen[0].rig


@pytest.mark.parametrize("pinching", [False, True])
def test_a_click_on_the_floor_goes_there(wearer, pinching):
    """With the one button of a simple controller, or with a pinch that shakes the hand as it opens."""
    someone = wearer()
    aim = someone.aim(FLOOR_POINT)
    cues = someone.step(right=Hand(aim=aim, select=True, pinching=pinching), count=8)
    assert cues.ring.valid and np.allclose(cues.ring.centre, FLOOR_POINT)
    assert cues.rig == someone.seen[0].rig
    someone.step(right=Hand(aim=someone.aim((1.9, 0, 0.2)), pinching=pinching))
    someone.step(count=BLINK)
    assert someone.eye == pytest.approx((FLOOR_POINT[0], 1.7, FLOOR_POINT[2]))


def test_aiming_a_click_takes_its_time(wearer):
    """Who moves the pointer about with select held is aiming, and no material is made anew."""
    someone = wearer()
    for share in np.linspace(0, 1, 3 * LONG):
        point = (3.0 - 1.5 * share, 0, 1.2 - 0.7 * share)
        cues = someone.step(right=Hand(aim=someone.aim(point), select=True))
        assert cues.reroll is None
    someone.step(right=Hand(aim=someone.aim(point)))
    someone.step(count=BLINK)
    assert someone.eye == pytest.approx((1.5, 1.7, 0.5))


def test_a_click_beyond_the_polygons_goes_nowhere(wearer):
    someone = wearer()
    someone.step(right=Hand(aim=someone.aim((3.8, 0, 2.9)), select=True), count=3)
    assert someone.step(right=Hand(), count=BLINK).rig == someone.seen[0].rig


def test_in_ar_the_real_floor_takes_clicks(wearer):
    """The floor is not drawn, and what lies behind it is our sky that is not drawn either."""
    plain = ("wall", "floor")
    someone = wearer(kept=lambda node, mesh: mesh.name not in plain and node.name != "sky")
    aim = someone.aim(FLOOR_POINT)
    assert all(
        cues.reroll is None for cues in (someone.step(right=Hand(aim=aim, select=True)) for _ in range(LONG))
    )
    someone.step(right=Hand(aim=aim))
    someone.step(count=BLINK)
    assert someone.eye == pytest.approx((1.5, 1.7, 0.5))


# ---- gliding


def test_gliding_is_a_choice_and_keeps_its_pace(wearer):
    """A second of the stick pushed ahead is 1.4 m along the gaze; the vignette comes and goes with it."""
    someone = wearer(glide=True)
    ahead = someone.visitor.rig.world(someone.head)[:3, :3] @ (0, 0, -1)
    start = someone.eye
    cues = someone.step(right=Hand(stick=(0, 1)), count=72)
    assert np.linalg.norm(someone.eye - start) == pytest.approx(GLIDE_SPEED, rel=1e-6)
    assert (someone.eye - start) @ ahead == pytest.approx(GLIDE_SPEED, rel=1e-6)
    assert cues.vignette > 0.95 and cues.arc is None
    strengths = np.array([cues.vignette for cues in someone.seen[1:]])
    assert np.all(np.diff(strengths) > -1e-9)
    assert someone.step(right=Hand(), count=60).vignette == 0


def test_half_the_stick_is_slower_and_darkens_less(wearer):
    someone = wearer(glide=True)
    start = someone.eye
    cues = someone.step(left=Hand(stick=(0, -0.5)), count=72)
    assert 0.3 < np.linalg.norm(someone.eye - start) / GLIDE_SPEED < 0.6
    assert 0.3 < cues.vignette < 0.6


def test_gliding_slides_along_walls_and_stays_inside(wearer, home):
    someone = wearer(glide=True)
    for _ in range(8):
        someone.step(left=Hand(stick=(0, 1)), count=72)
        x, _, z = someone.eye
        assert inside(home.extras["vrgen"]["walkable"], x, z)
        someone.step(left=Hand(stick=(1, 0)))
        someone.step(left=Hand())


def test_a_slow_frame_is_no_leap(wearer):
    """After a second without a picture one glides on as if a tenth had passed."""
    someone = wearer(glide=True)
    someone.step(left=Hand(stick=(0, 1)))
    start = someone.eye
    someone.number += 72
    someone.step()
    assert np.linalg.norm(someone.eye - start) <= GLIDE_SPEED * 0.1 + 1e-9


# ---- works


def test_next_and_previous_work(wearer):
    """In front of the work, at her own height, looking at it; round and round; the plaque is held up."""
    someone = wearer()
    arrived = []
    for button, floor, work in (
        ({"next": True}, (2, -0.8), (2, -2.95)),
        ({"next": True}, (-2, 0), (-3.95, 0)),
        ({"next": True}, (2, -0.8), (2, -2.95)),
        ({"previous": True}, (-2, 0), (-3.95, 0)),
    ):
        someone.step(right=Hand(**button), count=2)
        cues = someone.step(right=Hand(), count=BLINK)
        x, y, z = someone.eye
        assert (x, y, z) == pytest.approx((floor[0], 1.7, floor[1]))
        assert apart(looks(someone), np.degrees(np.arctan2(work[1] - z, work[0] - x))) < 1e-6
        arrived.append(cues.plaque.exhibit.title)
    assert arrived == ["First", "Second", "First", "Second"]
    assert [cues.arrived for cues in someone.seen if cues.arrived] == [
        "camera_001", "camera_002", "camera_001", "camera_002"
    ]  # fmt: skip


def test_previous_at_first_is_the_last(wearer):
    someone = wearer()
    someone.step(left=Hand(previous=True))
    assert someone.step(count=BLINK).plaque.exhibit.title == "Second"


@pytest.mark.parametrize("point", [WORK_POINT, PLAQUE_POINT])
def test_pointing_at_a_work_shows_its_plaque_and_ticks_once(wearer, point):
    someone = wearer()
    away, there = Hand(aim=someone.aim(WALL_POINT)), Hand(aim=someone.aim(point))
    assert someone.step(right=away, count=3).plaque is None
    cues = [someone.step(right=there) for _ in range(30)]
    assert [c.ticks for c in cues] == [("right",)] + [()] * 29
    assert all(c.plaque.exhibit.title == "First" for c in cues)
    assert all(c.plaque is cues[0].plaque for c in cues)  # it stays where it appeared
    assert cues[-1].rays[0].state == "work" and np.allclose(cues[-1].rays[0].end, point, atol=1e-6)
    assert someone.step(right=away, count=60).plaque is None
    assert someone.step(right=there, count=2).plaque is not None
    assert [c.ticks for c in someone.seen].count(("right",)) == 2


def test_the_card_hangs_upright_before_her_and_before_the_wall(wearer):
    someone = wearer()
    card = someone.step(right=Hand(aim=someone.aim(WORK_POINT)), count=2).plaque
    to_eye = someone.eye - card.pose[:3, 3]
    assert np.linalg.norm(to_eye) == pytest.approx(card.distance) and 0.4 <= card.distance <= 1.6
    assert np.allclose(card.pose[:3, 1], (0, 1, 0)) and card.pose[:3, 2] @ to_eye > 0.9 * card.distance * 0.9
    assert someone.visitor.pointing.blocked(np.array([someone.eye, card.pose[:3, 3]])) is None


def test_a_click_keeps_the_plaque_until_another_one(wearer):
    someone = wearer()
    there, away = Hand(aim=someone.aim(WORK_POINT)), Hand(aim=someone.aim(WALL_POINT))
    someone.step(right=replace(there, select=True), count=4)
    someone.step(right=there)
    assert someone.step(right=away, count=100).plaque.exhibit.title == "First"
    someone.step(right=replace(away, select=True), count=4)
    assert someone.step(right=away, count=2).plaque is None
    assert all(cues.reroll is None for cues in someone.seen)


def test_both_hands_point(wearer):
    """Two rays, by turns looked up, both drawn every frame."""
    someone = wearer()
    hands = {"left": Hand(aim=someone.aim(WALL_POINT)), "right": Hand(aim=someone.aim(WORK_POINT))}
    cues = someone.step(count=3, **hands)
    assert {ray.side: ray.state for ray in cues.rays} == {"left": "idle", "right": "work"}
    assert all(ray.touches for ray in cues.rays)
    assert someone.step(left=Hand(), right=Hand(aim=someone.aim((2, 30, 1)))).rays[0].touches is False


# ---- another material


def wishes(someone):
    """Every wish so far as (seed step, slider, done)."""
    return [
        (c.reroll.seed_step, c.reroll.slider, c.reroll.done) for c in someone.seen if c.reroll is not None
    ]


@pytest.mark.parametrize(
    "point, name", [(WALL_POINT, "wall_plaster"), (FLOOR_POINT, "floor_oak"), ((2, 30, 1), "sky")]
)
def test_holding_makes_a_material_anew(wearer, point, name):
    someone = wearer()
    hand = Hand(aim=someone.aim(point), select=True)
    someone.step(right=hand, count=LONG)
    assert wishes(someone) == [(1, 0, False)]
    cues = next(c for c in someone.seen if c.reroll)
    assert cues.reroll.hit.surface.name == name and cues.ticks == ("right",)
    holds = [c.hold for c in someone.seen]
    assert holds[5] == 0 and 0 < holds[30] < 1 and holds[-1] == 1
    someone.step(right=replace(hand, select=False))
    assert wishes(someone) == [(1, 0, False), (1, 0, True)]
    assert someone.step(count=BLINK).rig == someone.seen[0].rig  # it was no click


def test_the_stick_is_a_slider_while_select_is_held(wearer):
    """Sideways: notches of the seed that hung there. It turns nobody; and one more notch when it is kept."""
    someone = wearer()
    hand = Hand(aim=someone.aim(WALL_POINT), select=True)
    someone.step(right=hand, count=LONG)
    someone.step(right=replace(hand, stick=(1, 0)), count=2)
    someone.step(right=hand, count=2)
    someone.step(right=replace(hand, stick=(-1, 0)), count=40)
    someone.step(right=Hand())
    assert wishes(someone) == [(1, 0, False), (0, 1, False), (0, 0, False), (0, -1, False), (0, -1, True)]
    assert someone.visitor.rig == someone.seen[0].rig


def test_ahead_and_back_choose_a_seed(wearer):
    """Back from the next seed is the one that hung there; a seed that was chosen stays under the slider."""
    someone = wearer()
    hand = Hand(aim=someone.aim(WALL_POINT), select=True)
    someone.step(right=hand, count=LONG)
    for stick in ((0, -1), (0, 1), (0, 1), (1, 0)):
        someone.step(right=replace(hand, stick=stick), count=3)
        someone.step(right=hand, count=3)
    assert wishes(someone) == [(1, 0, False), (0, 0, False), (1, 0, False), (2, 0, False), (2, 1, False)]
    assert all(cues.arc is None for cues in someone.seen)


@pytest.mark.parametrize("point", [WORK_POINT, PLAQUE_POINT])
def test_works_and_plaques_are_not_made_anew(wearer, point):
    someone = wearer()
    someone.step(right=Hand(aim=someone.aim(point), select=True), count=2 * LONG)
    assert wishes(someone) == []


def test_busy_is_passed_on(wearer):
    someone = wearer()
    assert someone.visitor.step(someone.frame(), busy=True).busy and not someone.step().busy


# ---- all of it with either hand, whatever it does


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_hands_do_she_stands_on_the_floor(wearer, home, data):
    """Random buttons and sticks in random order: always inside, at her own height, all cues finite."""
    someone = wearer()
    stick = st.tuples(st.sampled_from([-1.0, -0.5, 0.0, 0.8]), st.sampled_from([-1.0, 0.0, 0.5, 1.0]))
    point = st.tuples(st.floats(-4, 4), st.floats(0, 3), st.floats(-3, 3))
    for _ in range(data.draw(st.integers(1, 12))):
        aim = someone.aim(data.draw(point)) if data.draw(st.booleans()) else None
        buttons = {name: data.draw(st.booleans()) for name in ("select", "next", "previous")}
        hand = Hand(aim=aim, stick=data.draw(stick), **buttons)
        cues = someone.step(count=data.draw(st.integers(1, 60)), **{data.draw(st.sampled_from(SIDES)): hand})
        x, y, z = someone.eye
        assert y == pytest.approx(1.7) and inside(home.extras["vrgen"]["walkable"], x, z)
        assert 0 <= cues.fade <= 1 and 0 <= cues.vignette <= 1 and 0 <= cues.hold <= 1
        assert all(np.isfinite(ray.end).all() for ray in cues.rays)


def test_gestures_of_a_hand():
    """Edges are told once, and how long select was down."""
    gestures = Gestures()
    told = [gestures.read(hand, k / 10) for k, hand in enumerate(
        [Hand(), Hand(select=True, next=True), Hand(select=True, next=True), Hand(previous=True), Hand()]
    )]  # fmt: skip
    assert [g.pressed for g in told] == [False, True, False, False, False]
    assert [g.released for g in told] == [False, False, False, True, False]
    assert [round(g.held, 3) for g in told] == [0, 0, 0.1, 0.2, 0]
    assert [(g.next, g.previous) for g in told] == [
        (False, False), (True, False), (False, False), (False, True), (False, False)
    ]  # fmt: skip
