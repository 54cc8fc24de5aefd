"""The page of codes of `vrgen check`: `python tools/check/issues.py` writes ISSUES.md beside this file."""

from __future__ import annotations

from pathlib import Path

from vrgen.gltf.check import page

PAGE = Path(__file__).with_name("ISSUES.md")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE} written")


if __name__ == "__main__":
    main()
