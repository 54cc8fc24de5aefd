"""What the maps of a material are called in file names: ours, Poly Haven's and ambientCG's words."""

from __future__ import annotations

import re

WORDS = {
    "base_colour": ("diff", "diffuse", "albedo", "color", "colour", "basecolor", "base_colour", "col"),
    "normal": ("nor_gl", "normalgl", "normal", "nor"),
    "normal_dx": ("nor_dx", "normaldx", "normal_dx"),
    "roughness": ("rough", "roughness"),
    "metallic": ("metal", "metallic", "metalness"),
    "height": ("disp", "displacement", "height"),
    "occlusion": ("ao", "occlusion", "ambientocclusion"),
    "arm": ("arm", "orm"),
}
"""The last word of a map's file name; `arm` is occlusion, roughness, metallic in R, G, B."""
PACKED = ("occlusion", "roughness", "metallic")
"""The channels of `arm`."""


def split_name(stem: str) -> tuple[str, str | None]:
    """`brick_nor_gl_2k` is ("brick", "normal"), `albedo` is ("", "base_colour"), `moss` is ("moss", None)."""
    stem = re.sub(r"[_-]\d+k(?=[_-]|$)(-jpg|-png)?", "", stem.lower())
    for name, words in WORDS.items():
        for word in words:
            if stem == word or stem.endswith(("_" + word, "-" + word)):
                return stem[: -len(word)].rstrip("_-"), name
    return stem, None
