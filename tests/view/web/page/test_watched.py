"""`vrgen watch --web`: a file is saved, and the open page shows it, the visitor where they were."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from test_watch import COURT, PATIENCE, Watching


def until(page: Any, condition: str) -> None:
    """Wait; the page's own policy lets no foreign script do that."""
    ends = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < ends, f"never: {condition}"
        page.wait_for_timeout(20)


def test_the_page_shows_what_was_saved(chromium: Any, built: Path, tmp_path: Path) -> None:
    court = tmp_path / "court.toml"
    court.write_text(COURT)
    one = Watching(str(court), "--web", "--port", "0")
    try:
        said = one.until(r"the gallery is at ")
        page = chromium.new_page(viewport={"width": 320, "height": 240})
        page.goto(said.rpartition(" ")[2])
        until(page, "document.documentElement.dataset.state === 'ready'")
        ask = "() => JSON.stringify(globalThis.vrgen.walk.stance)"
        stance = page.evaluate(ask)
        colours = """() => { const found = []; globalThis.vrgen.stage.scene.traverse((one) =>
            one.material?.color && found.push(one.material.color.getHexString())); return found.join(); }"""
        before = page.evaluate(colours)
        court.write_text(COURT.replace("c04030", "3040c0"))
        until(page, "document.documentElement.dataset.reloads === '1'")
        after = page.evaluate(colours)
        assert "c04030" in before and "3040c0" in after and "c04030" not in after
        assert page.evaluate(ask) == stance
        page.close()
        one.until("the page shows version 2")
        assert one.stop() < 2.0
    finally:
        one.close()
