"""Styles: how a gallery looks. One style a file."""

from vrgen.scene.styles.loft import LOFT
from vrgen.scene.styles.pavilion import PAVILION
from vrgen.scene.styles.style import Style
from vrgen.scene.styles.white_cube import WHITE_CUBE

STYLES: dict[str, Style] = {style.name: style for style in (WHITE_CUBE, LOFT, PAVILION)}

__all__ = ["STYLES", "Style"]
