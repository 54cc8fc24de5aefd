"""The contact sheet, from disk in a real browser: filters, search, details, and names that try to be code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vrgen.batch.sheet import write_sheet

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"]


def line(item: str, **more: Any) -> dict[str, Any]:
    """A line of a manifest."""
    path = f"{item}/a_preview.png"
    told = {
        "item": item,
        "product": item.partition("/")[0],
        "make": "texture",
        "state": "made",
        "files": [{"path": path, "sha256": item, "bytes": 2000}],
        "options": {"kind": item.partition("/")[2].partition("-")[0], "size": 64},
        "seconds": 1.5,
        "passes": True,
        "measures": {"seam": 0.8},
        "licences": ["CC0-1.0"],
    }
    return told | more


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; type: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(chromium: Any, out: Path, lines: list[dict[str, Any]]) -> tuple[Any, list[str]]:
    """The page of these lines, and what went wrong or left the disk."""
    import numpy as np
    from PIL import Image

    for one in lines:
        for file in one.get("files", []):
            path = out / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((32, 64, 3), 120, np.uint8)).save(path)
    sheet = write_sheet(out, "bricks & planks", lines)
    page = chromium.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text))
    page.on("pageerror", lambda problem: wrong.append(str(problem)))
    page.on("request", lambda asked: None if asked.url.startswith("file:") else wrong.append(asked.url))
    page.goto(sheet.as_uri())
    return page, wrong


def cards(page: Any) -> list[str]:
    """Names on the cards; those beyond the window are laid out later and have no inner text yet."""
    every = "cards => [...cards].map((card) => card.querySelector('.words').firstChild.textContent)"
    names: list[str] = page.locator("#cards li").evaluate_all(every)
    return names


def test_filters_and_search_choose(chromium: Any, tmp_path: Path) -> None:
    lines = [line(f"wall/{kind}-{seed}") for kind in ("bricks", "planks") for seed in range(3)]
    lines.append(line("wall/bricks-9", state="failed", files=[], passes=True, reason="its worker was killed"))
    page, wrong = opened(chromium, tmp_path, lines)
    assert len(cards(page)) == 7
    assert page.inner_text("#told") == "7 items, 12 kB, 1 failed or not passing"
    page.select_option("[data-facet=kind]", "planks")
    assert cards(page) == ["wall/planks-0", "wall/planks-1", "wall/planks-2"]
    page.fill("#search", "planks-1")
    assert cards(page) == ["wall/planks-1"]
    page.fill("#search", "nothing like it")
    assert page.is_visible("#none")
    page.click("#reset")
    page.select_option("[data-facet=state]", "failed")
    assert cards(page) == ["wall/bricks-9"]
    assert "its worker was killed" in page.text_content("#cards")
    assert page.locator("#cards img").count() == 0
    assert wrong == []


def test_a_card_opens_and_its_pictures_are_there(chromium: Any, tmp_path: Path) -> None:
    page, wrong = opened(chromium, tmp_path, [line("wall/bricks-0"), line("sky 100%/b")])
    page.wait_for_function("[...document.images].every((one) => one.complete && one.naturalWidth === 64)")
    page.keyboard.press("Tab")
    page.locator("#cards button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#name") == "sky 100%/b"
    assert "CC0-1.0" in page.inner_text("#about")
    assert page.get_attribute("#about a", "href") == "sky%20100%25/b/a_preview.png"
    page.keyboard.press("Escape")
    assert not page.is_visible("#detail")
    assert wrong == []


def test_names_are_never_code(chromium: Any, tmp_path: Path) -> None:
    evil = '</script><img src=x onerror="document.title=1">'
    page, wrong = opened(chromium, tmp_path, [line("a", options={"kind": evil}, reason=evil, state="failed")])
    assert page.title() == "bricks & planks"
    assert evil in page.text_content("#cards")
    assert wrong == []


def test_a_mesh_shows_the_picture_that_was_taken_of_it(tmp_path: Path) -> None:
    glb = line("room", make="bake", files=[{"path": "room.glb", "sha256": "abc", "bytes": 9}])
    shot = line("view", make="shot", inputs={"file room": "abc"})
    page = write_sheet(tmp_path, "x", [glb, shot]).read_text()
    assert page.count('"preview":"view/a_preview.png"') == 2


def test_thousands_are_drawn_in_pages(chromium: Any, tmp_path: Path) -> None:
    lines = [line(f"wall/k-{seed}", files=[], seconds=float(seed)) for seed in range(3000)]
    page, wrong = opened(chromium, tmp_path, lines)
    assert page.locator("#cards li").count() == 600
    page.click("#more")
    assert page.locator("#cards li").count() == 1200
    page.select_option("#sort", "seconds")
    assert cards(page)[0] == "wall/k-2999"
    assert wrong == []
