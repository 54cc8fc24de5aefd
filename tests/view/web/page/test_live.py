"""Live reload: the file changes, the room changes, the visitor stays."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def changing(serve, two_rooms, repainted, site_of_scene):
    """A server of the two rooms, and what repaints its first picture, or paints it back."""
    with serve(two_rooms) as running:
        sites = {2: repainted, 3: two_rooms, 4: repainted}

        def change(revision):
            running.run(running.server.replace(site_of_scene(sites[revision], revision)))

        yield running, change


def colour(visitor):
    """Of the middle of the picture's left edge, where the first work's own colour is."""
    picture = visitor.picture()
    high, wide = picture.shape[:2]
    return picture[high // 2, wide // 2 - wide // 12].astype(int)


def test_the_model_is_swapped_and_what_it_held_is_given_back(visit, changing):
    running, change = changing
    visitor = visit(server=running, fragment="#work=work_001")
    visitor.still()
    before, stance = colour(visitor), visitor.stance
    visitor.ask("page.model.pictures.waiting === 0")
    visitor.until("page.model.pictures.waiting === 0")
    visitor.frames(0)
    held = visitor.ask("{...page.stage.renderer.info.memory}")
    for revision in (2, 3, 4):
        change(revision)
        visitor.until(f"document.documentElement.dataset.reloads === '{revision - 1}'")
        visitor.until("page.model.pictures.waiting === 0")
        visitor.still()
    assert visitor.stance == stance
    assert np.abs(colour(visitor) - before).max() > 60, "the new colour is seen"
    assert visitor.page.is_visible("#note")
    assert visitor.ask("{...page.stage.renderer.info.memory}") == held, (
        "nothing piles up on the graphics card"
    )


def test_the_headset_stays_on(headset, changing):
    running, change = changing
    visitor = headset(server=running)
    visitor.enter()
    session = visitor.ask("(globalThis.first = page.immersion.now.session) && 1")
    eye = visitor.ask("page.immersion.now.rig.eye.toArray()")
    change(2)
    visitor.until("document.documentElement.dataset.reloads === '1'")
    visitor.frames(4)
    assert session and visitor.ask("page.immersion.now.session === globalThis.first")
    assert visitor.ask("page.immersion.now.rig.eye.toArray()") == pytest.approx(eye, abs=1e-6)
