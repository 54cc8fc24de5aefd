"""Codes: every kind of finding, what it means, why it matters and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from vrgen.gltf.check.finding import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding."""

    severity: Severity
    """How grave it is."""
    what: str
    """When it is given."""
    why: str
    """What happens in a headset, or afterwards."""
    remedy: str
    """What to do."""


_DRAWN = "Every draw call costs the processor of a headset time, every triangle its graphics chip."
_FULL = "A headset shares a few gigabytes with its system; beyond that a page is closed without a word."
_LOADED = "A browser shows nothing until the file is there, and a store has a limit."
_JOIN = "join meshes of one material and instance what is repeated: vrgen optimize"
_FEWER = "simplify, add levels of detail, or split the show into rooms that are not seen together"
_SMALLER = "make textures smaller or compress them (KTX2): vrgen optimize"
_BUDGETS = {
    "DRAW_CALLS": ("draw calls in the fullest view from any stop", _DRAWN, _JOIN),
    "TRIANGLES": ("triangles in the fullest view from any stop", _DRAWN, _FEWER),
    "TEXTURES": ("bytes of textures, decoded, with mipmaps,", _FULL, _SMALLER),
    "FILE": ("bytes of file", _LOADED, _SMALLER),
}
"""What is counted, why, what to do."""

CODES: dict[str, Code] = {
    **{
        f"{name}_BEYOND_GUIDANCE": Code("error", f"More {what} than the target takes at all.", why, remedy)
        for name, (what, why, remedy) in _BUDGETS.items()
    },
    **{
        f"{name}_ABOVE_STARTER": Code("warning", f"More {what} than are safe beside other work.", why, remedy)
        for name, (what, why, remedy) in _BUDGETS.items()
    },
    "VALIDATOR_ERROR": Code(
        "error",
        "Khronos' validator calls it an error.",
        "Importers differ in what they forgive.",
        "mend the exporter, or read and write the file with vrgen",
    ),
    "VALIDATOR_WARNING": Code(
        "warning",
        "Khronos' validator warns of it.",
        "Importers differ in what they make of it.",
        "mend the exporter, or read and write the file with vrgen",
    ),
    "VALIDATOR_MISSING": Code(
        "info",
        "Khronos' validator was not run: node or its package is not here.",
        "Half of what can be wrong with a file only it knows.",
        "install Node.js, then: npm ci in tools/check of a checkout, or npm install gltf-validator here",
    ),
    "CONTENT_PACKED": Code(
        "info",
        "Textures or geometry are compressed, and what unpacks them is not here: budgets, names and Khronos' "
        "validator are checked, what has to be seen is not.",
        "Draw calls and triangles are those of the whole file.",
        "install what is missing, or check the file before it is packed",
    ),
    "UV_MISSING": Code(
        "warning",
        "A mesh wears a texture and has no UV for it.",
        "The whole mesh shows one texel.",
        "unwrap the mesh: vrgen bake",
    ),
    "UV_OVERLAP": Code(
        "warning",
        "Triangles share texels of a map that belongs to each of them: a lightmap, or occlusion on the "
        "second UV set.",
        "Light of one place shows on another.",
        "unwrap the mesh anew, with charts apart: vrgen bake",
    ),
    "UV_STRETCH": Code(
        "warning",
        "Texels of a surface are more than four times longer than wide.",
        "Grain and joints look drawn out.",
        "scale the UVs by the surface's true proportions",
    ),
    "TEXELS_TOO_COARSE": Code(
        "warning",
        "Fewer than 8 texels a degree from the nearest stop (from 1.5 m without stops): a third of what a "
        "headset shows. Palettes and the sky are left out.",
        "It is a blur in the headset, however sharp the preview on a screen.",
        "use a larger texture, or let it cover fewer metres",
    ),
    "TEXELS_TOO_FINE": Code(
        "info",
        "More than four texels a pixel of the headset, along each side, from the nearest stop.",
        "Memory is spent on what no eye sees.",
        "make the texture smaller",
    ),
    "TEXTURE_TOO_LARGE": Code(
        "warning",
        "A texture has more pixels than the target takes well.",
        "It is slow to upload, and the frame stands still meanwhile.",
        "make it smaller",
    ),
    "TEXTURE_NOT_IN_BLOCKS": Code(
        "info",
        "Textures whose sides are no multiples of 4.",
        "Graphics cards compress in blocks of 4 x 4: such textures stay raw, or are padded.",
        "scale them to multiples of 4",
    ),
    "TEXTURE_NOT_POWER_OF_TWO": Code(
        "info",
        "Textures that repeat and whose sides are no powers of two.",
        "Their mipmaps drift by a part of a texel, and old viewers show them clamped or black.",
        "scale them to a power of two",
    ),
    "NORMALS_POINT_DOWN": Code(
        "warning",
        "A normal map whose green channel points down (DirectX). A normal map is the slope of a height, "
        "and slopes across and along agree in their mixed derivative; here they agree only after green is "
        "turned.",
        "Bumps look like dents when the light comes from above.",
        "invert its green channel",
    ),
    "ALBEDO_TOO_DARK": Code(
        "warning",
        "More than half of a lit, non-metallic base colour is darker than sRGB 30.",
        "Nothing but fresh soot is: bakes and lamps lose their light in it.",
        "lighten it; take shadows out of photos",
    ),
    "ALBEDO_TOO_BRIGHT": Code(
        "warning",
        "More than half of a lit, non-metallic base colour is brighter than sRGB 243.",
        "No snow is: light bounces without end, and nothing brighter is left for lamps.",
        "darken it to 0.9 or less, linear",
    ),
    "METALLIC_BETWEEN": Code(
        "warning",
        "More than half of a surface is neither metal nor not.",
        "There is no such material; reflections look of plastic.",
        "set it to 0 or 1; only edges and dirt lie between",
    ),
    "METALLIC_LEFT_ON": Code(
        "warning",
        "Metallic and roughness are both 1 and no texture says so: glTF's defaults, left where they were.",
        "The surface is nearly black wherever no lamp shines on it.",
        "set metallic to 0",
    ),
    "ROUGHNESS_OF_A_MIRROR": Code(
        "info",
        "A lit surface with a roughness below 0.04.",
        "Its highlights are smaller than a pixel and sparkle as the head moves.",
        "keep to 0.04 or more",
    ),
    "NAME_EMPTY": Code(
        "info",
        "Nodes or materials without a name.",
        "Scripts, hosts and people cannot find them.",
        "name them",
    ),
    "NAME_DUPLICATE": Code(
        "warning",
        "Nodes of the same name.",
        "Importers number them, each in its way, and what refers to them by name breaks.",
        "give each its own name",
    ),
    "NAME_UNUSUAL": Code(
        "info",
        "Names with other letters than a-z, A-Z, 0-9, _, - and dots.",
        "Some engines drop or change them.",
        "use plain letters; titles may lie in extras",
    ),
    "SCALE_HUGE": Code(
        "warning",
        "The scene is longer than a kilometre.",
        "glTF is in metres: this is what centimetres look like that were not converted.",
        "scale it by 0.01, if it was made in centimetres",
    ),
    "SCALE_TINY": Code(
        "warning",
        "The scene is smaller than a centimetre.",
        "glTF is in metres: this is what kilometres or inches of a model look like.",
        "scale it to metres",
    ),
    "THING_OUT_OF_SCALE": Code(
        "warning",
        "A door, chair, table, person by its name, of a height that none has.",
        "In a headset everybody sees at once that a door is a metre high.",
        "scale it to its true height in metres",
    ),
    "SEAM_VISIBLE": Code(
        "warning",
        "A texture that repeats over a surface has a step at its border larger than those inside (seam "
        "score above 1).",
        "The eye finds the grid at once.",
        "make it tile: vrgen maps",
    ),
    "LIGHT_LEAKS": Code(
        "warning",
        "Baked light runs on under what stands between two of its vertices: at its foot, on the dark side, "
        "it is more than 1.5 times as bright as beside it. Told only where the edge between the two strikes "
        "the front of something at ankle and knee.",
        "A bright rim shows under walls and behind furniture.",
        "cut the surface where the wall stands, or bake finer: vrgen bake",
    ),
    "SIGHTLINE_BLOCKED": Code(
        "warning",
        "Something stands between a work and an eye at its stop: more than a tenth of the work is hidden "
        "from a standing (1.6 m) or a seated (1.2 m) visitor.",
        "Who sits sees a bench instead of the picture.",
        "move what stands there, or the stop",
    ),
    "LABEL_TOO_SMALL": Code(
        "warning",
        "A label is less than a degree high from the nearest stop.",
        "Nobody reads it without walking into the wall.",
        "make it larger, or hang it nearer to where one stands",
    ),
    "AISLE_NARROW": Code(
        "warning",
        "The widest way from the spawn point to a stop is narrower than 0.9 m somewhere.",
        "A wheelchair does not pass, and nobody likes to walk so close to things.",
        "move things apart, or widen the passage",
    ),
    "STOP_CUT_OFF": Code(
        "warning",
        "No way leads over the walkable floor from the spawn point to a stop.",
        "Visitors who walk never see it.",
        "join the walkable polygons, or move the stop onto them",
    ),
    "LICENCE_LIMITS": Code(
        "warning",
        "What is inside carries a licence that forbids selling, changing, or both.",
        "Who passes the file on may break it.",
        "replace it, or keep to what it allows",
    ),
    "LICENCE_UNKNOWN": Code(
        "info",
        "Images of which the file does not say how they were made or what their licence is.",
        "Nobody can tell later whether it may be shown or sold.",
        "say it in the material's extras, or in the file's copyright",
    ),
}
