"""What the page costs: bytes of script, files of the first load, time to the first picture."""

from __future__ import annotations

import gzip
import re

import pytest

SCRIPT = 350 * 1024
FIRST_PICTURE = 3000.0
DECODERS = re.compile(r"decoders/|draco|basis|meshopt|\.wasm")


def packed(path):
    return len(gzip.compress(path.read_bytes(), 9))


def test_the_script_of_the_first_load_fits(visit, built, two_rooms):
    visitor = visit()
    visitor.frames(0)
    names = {url.removeprefix(f"{visitor.origin}/") for url in visitor.asked if url.endswith(".js")}
    assert "page/main.js" in names
    assert sum(packed(built / name) for name in names) < SCRIPT
    assert not [url for url in visitor.asked if DECODERS.search(url)], "decoders come when a show needs them"


def test_nothing_in_the_page_is_inline_or_from_elsewhere(built):
    html = (built / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)
    for path in built.rglob("*.css"):
        assert "@import" not in path.read_text() and "url(" not in path.read_text()
    assert "three.js 0.187.0" in (built / "page" / "licences.txt").read_text()


def test_the_first_picture_is_there_within_three_seconds(visit):
    """The best of a few: the machine of the tests has other work too."""
    times = []
    for _ in range(4):
        visitor = visit(1280, 720)
        times.append(visitor.ask("performance.getEntriesByName('first frame')[0].startTime"))
        if times[-1] < FIRST_PICTURE:
            break
    assert min(times) < FIRST_PICTURE


def test_pictures_out_of_sight_follow_later(visit):
    visitor = visit(fragment="#work=work_004")
    visitor.until("page.model.pictures.waiting === 0")
    assert visitor.ask(
        "[...page.model.pictures.pictures.values()].every((picture) => picture.bytes.length === 0)"
    )


@pytest.mark.parametrize("name", ["draco/draco_decoder.wasm", "basis/basis_transcoder.wasm"])
def test_the_decoders_lie_beside_the_page(built, name):
    assert (built / "page" / "decoders" / name).read_bytes()[:4] == b"\0asm"
