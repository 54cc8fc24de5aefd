"""`vrgen watch --xr` under the stand-in (no headset was tried): a file is saved, and the wearer sees it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from test_watch import COURT, Watching


def test_the_headset_shows_what_was_saved(standin: Any, tmp_path: Path) -> None:
    court = tmp_path / "court.toml"
    court.write_text(COURT)
    place = standin.write(standin.script("rate 30", "frames 3000", "size 96 96"))
    one = Watching(str(court), "--xr", "--no-mirror", "--no-help", **standin.environment(place, layer=False))
    try:
        one.until("two eyes of 96x96 pixels")
        court.write_text(COURT.replace("c04030", "3040c0"))
        one.until("the headset shows version 2")
        assert one.stop() < 2.0
        assert "watched court.toml: 2 versions" in one.lines[-1]
    finally:
        one.close()
