"""The page on a screen: walking, works, list, tour, links; keyboard, mouse and fingers."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

STOPS = {"Ember": (-2.4, -1.47), "Tide": (0.0, -1.47), "Moss": (2.4, -1.47), "Far side": (6.6, -1.47)}


def near(stance, place, within=0.35):
    return math.dist((stance["x"], stance["z"]), place) < within


def test_it_opens_where_the_show_begins(visit):
    visitor = visit()
    stance = visitor.stance
    assert (stance["x"], stance["y"], stance["z"]) == pytest.approx((-3.2, 1.6, 2.3), abs=1e-4)
    assert visitor.page.title() == "Two rooms"
    assert visitor.page.inner_text("#place") == "4 works"
    visitor.still()
    before = visitor.ask("page.stage.frames")
    visitor.page.wait_for_timeout(300)
    assert visitor.ask("page.stage.frames") == before, "nothing is drawn while nothing changes"


def test_keys_walk_ahead_and_slide_along_the_edge_of_the_floor(visit):
    visitor = visit()
    before = visitor.stance
    visitor.page.keyboard.down("w")
    visitor.until(f"page.walk.stance.x > {before['x']} + 0.4")
    visitor.page.keyboard.up("w")
    after = visitor.stance
    ahead = math.atan2(after["z"] - before["z"], after["x"] - before["x"])
    assert math.cos(ahead - math.radians(before["azimuth"])) > 0.999
    visitor.page.keyboard.down("Shift")
    visitor.page.keyboard.down("s")  # backwards into the corner, quickly
    visitor.until("page.walk.stance.z > 2.5")
    visitor.frames(6)
    visitor.page.keyboard.up("s")
    assert visitor.ask("page.walk.floor.holds(page.walk.stance.x, page.walk.stance.z)")


def test_dragging_turns_the_gaze_against_the_pointer(visit):
    visitor = visit()
    before = visitor.stance
    mouse = visitor.page.mouse
    mouse.move(240, 150)
    mouse.down()
    mouse.move(290, 170, steps=4)
    mouse.up()
    after = visitor.stance
    assert after["azimuth"] == pytest.approx(before["azimuth"] - 50 * 0.18, abs=2.5)
    assert after["elevation"] == pytest.approx(before["elevation"] + 20 * 0.18, abs=2.5)


def test_a_number_goes_to_a_work_and_its_plaque_says_what_it_is(visit):
    visitor = visit(1280, 360)
    visitor.press("2")
    visitor.still()
    assert near(visitor.stance, STOPS["Tide"], 0.9)
    assert visitor.page.inner_text("#plaque-title") == "Tide"
    assert visitor.page.inner_text("#plaque-who") == "A. Maker, 2026"
    assert visitor.page.inner_text("#plaque-size") == "120 × 80 cm"
    assert visitor.page.inner_text("#place") == "2 of 4"
    assert "Work 2 of 4: Tide" in visitor.page.inner_text("#said")
    assert visitor.page.url.endswith("#work=work_002")
    visitor.press("n")
    visitor.still()
    assert visitor.page.inner_text("#plaque-title") == "Moss"
    visitor.page.click("#previous")
    visitor.still()
    assert visitor.page.inner_text("#plaque-title") == "Tide"


def test_the_way_to_another_room_leads_through_the_door(visit):
    visitor = visit()
    corners = visitor.ask("page.walk.floor.path([-2.4, -1.5], [6.6, -1.5])")
    assert len(corners) > 2
    legs = pairwise(corners)
    assert all(visitor.ask(f"page.walk.floor.clear({list(a)}, {list(b)})") for a, b in legs)
    visitor.press("4")
    visitor.still()
    assert near(visitor.stance, STOPS["Far side"], 0.9)


def test_a_click_on_a_work_goes_there_and_one_on_the_floor_walks(visit):
    visitor = visit(fragment="#work=work_002")
    visitor.still()
    visitor.page.mouse.click(240, 150)
    visitor.still()
    assert visitor.ask("page.visit.stop") == 1
    for _ in range(3):
        visitor.press("ArrowDown")
    visitor.ask("page.walk.go({...page.walk.stance, x: 0, z: 2, elevation: 0}, {jump: true}) && 1")
    before = visitor.stance
    visitor.page.mouse.click(240, 290)
    visitor.still()
    after = visitor.stance
    assert after["z"] < before["z"] - 0.5 and abs(after["x"]) < 0.1


def test_the_wheel_steps_ahead(visit):
    visitor = visit()
    before = visitor.stance
    visitor.page.mouse.move(240, 150)
    visitor.page.mouse.wheel(0, -100)
    visitor.until(f"Math.hypot(page.walk.stance.x - {before['x']}, page.walk.stance.z - {before['z']}) > 0.3")


def test_the_list_is_filtered_and_leads_to_a_work(visit):
    visitor = visit()
    visitor.press("l")
    assert visitor.page.locator("#list button").count() == 4
    images = visitor.page.locator("#list img")
    assert images.first.get_attribute("alt") == "A bright disc over ember"
    visitor.page.keyboard.type("far")
    assert visitor.page.locator("#list li:visible").count() == 1
    visitor.press("Enter")
    visitor.still()
    assert visitor.page.inner_text("#plaque-title") == "Far side"
    visitor.press("l")
    visitor.page.keyboard.type("nothing like it")
    assert visitor.page.inner_text("#list li:visible") == "No work is called that."


def test_a_link_names_a_work(visit):
    visitor = visit(fragment="#work=work_003")
    assert near(visitor.stance, STOPS["Moss"])
    visitor.ask("(location.hash = '#work=work_001') && 1")
    visitor.until("page.visit.stop === 0")
    visitor.still()
    assert near(visitor.stance, STOPS["Ember"])
    visitor.ask("(location.hash = '#work=gone') && 1")
    visitor.until("!document.getElementById('note').hidden")
    assert "not in the show" in visitor.page.inner_text("#note")


def test_any_step_ends_the_tour(visit):
    visitor = visit()
    visitor.press("t")
    visitor.until("page.visit.tour.on && page.walk.way !== null")
    assert visitor.page.is_visible("#pause-tour")
    visitor.page.keyboard.down("s")
    visitor.until("!page.visit.tour.on")
    visitor.page.keyboard.up("s")
    assert visitor.page.is_hidden("#pause-tour")


def test_the_tour_waits_and_goes_on_and_ends_after_the_last_work(visit):
    visitor = visit(fragment="#work=work_002")
    visitor.ask("(page.visit.go(2, {jump: true}), 1)")
    visitor.page.click("#start-tour")
    visitor.until("page.visit.tour.index === 3 && !page.walk.way")
    visitor.page.click("#pause-tour")
    assert visitor.page.inner_text("#pause-tour") == "Go on"
    visitor.page.click("#next")
    visitor.until("!page.visit.tour.on")


def test_less_motion_is_honoured(visit):
    visitor = visit(reduced_motion="reduce")
    visitor.press("3")
    assert visitor.ask("page.walk.way") is None, "a cut, not a flight"
    assert near(visitor.stance, STOPS["Moss"])
    visitor.press("t")
    visitor.until("page.visit.tour.on")
    assert visitor.ask("page.visit.tour.paused"), "nothing moves on by itself"
    durations = visitor.ask("getComputedStyle(document.getElementById('curtain')).transitionDuration")
    assert durations in ("0s", "")


def test_fingers_look_and_walk(visit):
    visitor = visit(390, 700, has_touch=True, is_mobile=True, device_scale_factor=1)
    assert visitor.page.is_visible("#pad")
    before = visitor.stance
    touch = visitor.page.context.new_cdp_session(visitor.page)

    def fingers(kind, *points):
        spots = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    fingers("touchStart", (100, 300))
    fingers("touchMove", (150, 300))
    fingers("touchMove", (200, 300))
    fingers("touchEnd")
    assert visitor.stance["azimuth"] == pytest.approx(before["azimuth"] - 18, abs=6)
    before = visitor.stance
    fingers("touchStart", (100, 300), (200, 300))
    for y in (330, 360, 390):
        fingers("touchMove", (100, y), (200, y))
    fingers("touchEnd")
    assert math.dist((before["x"], before["z"]), (visitor.stance["x"], visitor.stance["z"])) > 0.2
    before = visitor.stance
    pad = visitor.page.locator("#pad").bounding_box()
    middle = (pad["x"] + pad["width"] / 2, pad["y"] + pad["height"] / 2)
    fingers("touchStart", middle)
    fingers("touchMove", (middle[0], middle[1] - 30))
    visitor.until(f"Math.hypot(page.walk.stance.x - {before['x']}, page.walk.stance.z - {before['z']}) > 0.2")
    fingers("touchEnd")
    visitor.still()
    assert visitor.ask("document.documentElement.scrollWidth") <= 390


def test_what_cannot_be_shown_is_said_in_words(visit, served):
    lost = visit(ready=False, scripts=("HTMLCanvasElement.prototype.getContext = () => null;",))
    lost.until("!document.getElementById('trouble').hidden")
    assert "has no WebGL 2" in lost.page.inner_text("#trouble")
    assert lost.page.get_attribute("#trouble a", "href") == "catalogue.html"
