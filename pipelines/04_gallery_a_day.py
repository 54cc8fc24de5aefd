"""A gallery a day: every folder that somebody drops into INBOX becomes a lit GLB, checked for a headset.

python pipelines/04_gallery_a_day.py [INBOX [once]]

INBOX/2026-11-25/*.jpg becomes shows/gallery/2026-11-25.glb. A picture more, or less, and that day is made
again; the other days are not touched.
"""

# ci: run inbox once
# makes: .glb .json .png .html
import shutil
import sys
from pathlib import Path

import watchfiles

import vrgen

inbox = Path(sys.argv[1] if len(sys.argv) > 1 else "inbox").resolve()
once = sys.argv[2:] == ["once"]

Path("shows.toml").write_text(
    f"""
[[product]]
make = "gallery"
pictures = "{inbox.as_posix()}/*"
style = "white-cube"

[[product]]
name = "overview"
make = "shot"
file = "@gallery"
size = [640, 360]

[[product]]
make = "check"
file = "@gallery"
target = "quest3"
"""
)


def make() -> None:
    """Make what is new or changed; a day that fails does not keep the others waiting."""
    report = vrgen.batch(recipe="shows.toml", out="shows", keep_going=True)
    for item in report.items:
        if item.state in ("made", "failed"):
            print(f"{item.name} {item.state} {item.reason}".rstrip())


if __name__ == "__main__":
    if once and not inbox.exists():  # something to show where nobody has dropped anything yet
        shutil.copytree("assets/samples", inbox / "first", ignore=shutil.ignore_patterns("scene*", "*.toml"))
    make()
    for _ in () if once else watchfiles.watch(inbox, debounce=5000):
        make()
