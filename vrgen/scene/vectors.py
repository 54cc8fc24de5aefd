"""SVG: looked through before it is drawn, then drawn by resvg in a process of its own with limits.

An SVG is a program: it can name files and addresses, expand without end, or ask for weeks of blurring.
What reaches out of its folder is refused; the rest is stopped by time and memory.
"""

from __future__ import annotations

import codecs
import io
import math
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote
from xml.parsers import expat

from PIL import Image as Pillow

from vrgen.core.image import Image
from vrgen.errors import InputProblem
from vrgen.scene.pictures import pillow, value_of

SUFFIXES = frozenset({".svg"})
MAX_BYTES = 64 << 20
MAX_ENTITY_BYTES = 64 << 10
TIMEOUT_S = 30.0
RASTERS = (".png", ".jpg", ".jpeg", ".gif", ".webp")
UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
OUTSIDE = re.compile(r"url\(\s*['\"]?\s*(?!#|data:|['\"]?\s*\))([^'\")\s]+)|@import\s+([^;]+)", re.I)
ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
ROOT_TAG = re.compile(rb"""(<[^\s/>]+)((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)(\s*/?>)""")
WORKER = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
except ImportError:
    pass
import resvg_py
folder, fonts = sys.argv[1:]
png = resvg_py.svg_to_bytes(svg_string=sys.stdin.buffer.read().decode(), resources_dir=folder or None,
                            skip_system_fonts=not fonts, dpi=96.0)
sys.stdout.buffer.write(bytes(png))
"""


@dataclass(slots=True)
class _Survey:
    """What a look through the XML brings to light."""

    folder: Path
    depth: int = 0
    root: dict[str, str] = field(default_factory=dict)
    root_at: int = 0
    """Byte at which the root's tag starts."""
    has_text: bool = False
    has_files: bool = False
    entity_bytes: int = 0
    in_style: bool = False


def vector_size(path: Path) -> tuple[int, int]:
    """(width, height) in CSS pixels, enlarged to a long side of 1024 where it is smaller.

    A drawing has no pixels of its own; this keeps its proportions. InputProblem as in `read_vector`.
    """
    width, height = _size(_survey(_text(path), path.parent).root)
    scale = max(1.0, 1024 / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def read_vector(path: Path, max_px: int, *, timeout_s: float = TIMEOUT_S) -> Image:
    """Draw an SVG with its long side at `max_px` as sRGB uint8, 4 channels where it is transparent.

    InputProblem (without the file's name) when it is no SVG, refers to anything outside its folder, or
    takes more than `timeout_s` or 3 GB to draw.
    """
    text = _text(path)
    survey = _survey(text, path.parent)
    drawing = _at_size(text.encode(), survey, max_px)
    folder = str(path.parent.resolve()) if survey.has_files else ""
    command = [sys.executable, "-I", "-c", WORKER, folder, "fonts" if survey.has_text else ""]
    try:
        done = subprocess.run(command, input=drawing, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as problem:
        raise InputProblem(
            f"takes more than {timeout_s:g} s to draw; simplify it or save it as PNG"
        ) from problem
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1].removeprefix("ValueError: ") if lines else "it ran out of memory"
        raise InputProblem(f"cannot be drawn ({reason}); simplify it or save it as PNG")
    with pillow(), Pillow.open(io.BytesIO(done.stdout), formats=("PNG",)) as picture:
        picture.thumbnail((max_px, max_px), Pillow.Resampling.LANCZOS)
        return value_of(picture.convert("RGBA"), resampled=True)


def _text(path: Path) -> str:
    size = path.stat().st_size
    if size == 0:
        raise InputProblem("is empty (0 bytes); copy it again")
    if size > MAX_BYTES:
        raise InputProblem(f"has {size >> 20} MiB, expected at most {MAX_BYTES >> 20}; save it as PNG")
    data = path.read_bytes()
    declared = re.match(rb"""\s*<\?xml[^>]*encoding=["']([\w.-]+)""", data)
    encoding = declared.group(1).decode() if declared else "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as problem:
        raise InputProblem("is not the text an SVG is made of; save it again as SVG") from problem
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _at_size(drawing: bytes, survey: _Survey, max_px: int) -> bytes:
    """The same drawing with whole pixels as its size.

    resvg rounds a fractional size before it scales, which would cut or pad the picture at its edges.
    """
    width, height = _size(survey.root)
    scale = max_px / max(width, height)
    pixels = (max(1, round(width * scale)), max(1, round(height * scale)))
    box = _view_box(survey.root)
    added = f' width="{pixels[0]}" height="{pixels[1]}"'
    if box is None:
        added += f' viewBox="0 0 {width!r} {height!r}"'
    if box is None or abs(box[0] / box[1] * height / width - 1) < 2e-3:
        added += ' preserveAspectRatio="none"'
    head, tail = drawing[: survey.root_at], drawing[survey.root_at :]
    tag = ROOT_TAG.match(tail)
    if tag is None:
        raise InputProblem("starts in a way that cannot be read; save it again as plain SVG")
    replaced = re.findall(r"(\w+)=", added)
    kept = [
        attribute.group(0)
        for attribute in ATTRIBUTE.finditer(tag.group(2))
        if attribute.group(1).decode() not in replaced
    ]
    return head + tag.group(1) + b"".join(kept) + added.encode() + tag.group(3) + tail[tag.end() :]


def _survey(text: str, folder: Path) -> _Survey:
    """Walk the XML once without keeping it; refuse what reaches outside or grows without end."""
    found = _Survey(folder)
    parser = expat.ParserCreate(encoding="UTF-8")
    parser.StartElementHandler = lambda name, attributes: _start(
        found, name, attributes, parser.CurrentByteIndex
    )
    parser.EndElementHandler = lambda name: _end(found)
    parser.CharacterDataHandler = lambda data: _refuse_outside(data) if found.in_style else None
    parser.EntityDeclHandler = lambda name, is_parameter, value, *rest: _entity(found, value)
    parser.buffer_text = True
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as problem:
        if "amplification" in str(problem):
            raise InputProblem(
                "grows without end when it is read (entities); save it again as plain SVG"
            ) from None
        raise InputProblem(f"is not valid SVG ({problem}); save it again as plain SVG") from problem
    return found


def _start(found: _Survey, name: str, attributes: dict[str, str], at: int) -> None:
    local = name.rpartition(":")[2]
    if found.depth == 0:
        if local != "svg":
            raise InputProblem(f"starts with <{local}>, expected <svg>; save it again as SVG")
        found.root, found.root_at = attributes, at
    found.depth += 1
    if found.depth > 500:
        raise InputProblem("is nested more than 500 deep, expected a drawing; save it again as plain SVG")
    found.has_text |= local == "text"
    found.in_style = local == "style"
    for key, value in attributes.items():
        _refuse_outside(value)
        if key.rpartition(":")[2] == "href" and local != "a":
            found.has_files |= _refers_to_file(value.strip(), found.folder)


def _end(found: _Survey) -> None:
    found.depth -= 1
    found.in_style = False


def _entity(found: _Survey, value: str | None) -> None:
    """Illustrator declares names this way; files, nesting and bulk are no business of a drawing."""
    found.entity_bytes += len(value or "")
    if value is None or "&" in value or found.entity_bytes > MAX_ENTITY_BYTES:
        raise InputProblem(
            "hides an entity that reaches out or grows without end; save it again as plain SVG"
        )


def _refuse_outside(value: str) -> None:
    match = OUTSIDE.search(value)
    if match:
        _refuse(match.group(1) or match.group(2))


def _refuse(reference: str) -> None:
    shown = reference.strip().strip("'\"")[:80]
    raise InputProblem(f"refers to {shown!r}, expected only pictures in its own folder; embed it")


def _refers_to_file(reference: str, folder: Path) -> bool:
    """Whether a picture beside the SVG is meant; refuses every other place."""
    if not reference or reference.startswith(("#", "data:")):
        return False
    name = unquote(reference)
    root = folder.resolve()
    if ":" in name or "\0" in name or name.startswith(("/", "\\")) or "\\" in name:
        _refuse(reference)
    target = (root / name).resolve()
    if not target.is_relative_to(root) or not name.lower().endswith(RASTERS):
        _refuse(reference)
    if not target.is_file():
        raise InputProblem(f"refers to {reference[:80]!r}, which is not there; put it back or embed it")
    return True


def _size(root: dict[str, str]) -> tuple[float, float]:
    """Width and height in CSS pixels from the root's attributes; what is missing follows the viewBox."""
    box = _view_box(root)
    width, height = (_length(root.get(key, "")) for key in ("width", "height"))
    if box:
        width = width or (height * box[0] / box[1] if height else box[0])
        height = height or width * box[1] / box[0]
    if not (width and height and width > 0 and height > 0 and math.isfinite(width * height)):
        raise InputProblem("has no size, expected width and height or a viewBox; set its page size")
    if not 0.01 < width / height < 100:
        raise InputProblem(f"is {width:g} x {height:g}, expected sides of at most 100 to 1; crop it")
    return width, height


def _view_box(root: dict[str, str]) -> tuple[float, float] | None:
    """Width and height of the viewBox, or None where there is no usable one."""
    numbers = re.findall(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", root.get("viewBox", ""))
    if len(numbers) != 4:
        return None
    width, height = (_number(text) for text in numbers[2:])
    return (width, height) if width > 0 and height > 0 else None


def _length(text: str) -> float | None:
    """CSS pixels, or None for what is absent or relative."""
    match = re.fullmatch(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*([a-z]*)\s*", text)
    if not match or match.group(2) not in UNITS:
        return None
    return _number(match.group(1)) * UNITS[match.group(2)]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
