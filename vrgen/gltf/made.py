"""Made: how an image came about, in words, from the record that its surface carries."""

from __future__ import annotations

from collections.abc import Iterable

from vrgen.core.record import Record

FILES = {"like": "photo", "mask": "mask", "weights": "weights"}
"""Options that name files which went in."""


def route(record: Record) -> str:
    """By which way through a model's latents: `quilted from the latents of oak`; '' where none was gone."""
    options = record.options
    if record.step == "texture":
        return _texture_route(record)
    if record.step == "sky":
        if options.get("kind") == "like":
            return "decoded from the latents of a panorama"
        return f"joined from decoded latents of {options.get('kind', 'day')} skies"
    return ""


def sliders(record: Record) -> dict[str, float]:
    """What was turned, by name: of a texture its sliders, of a sky warmth and cover."""
    found: dict[str, float] = {}
    listed = record.options.get("slider", ())
    for text in listed if isinstance(listed, list | tuple) else ():
        name, _, amount = str(text).partition("=")
        try:
            found[name] = float(amount)
        except ValueError:
            continue
    if record.step == "sky":
        for name in ("warmth", "cover"):
            value = record.options.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool) and (value or name == "cover"):
                found[name] = float(value)
    return found


def licences(records: Iterable[Record | None]) -> tuple[str, ...]:
    """SPDX names of all that went in, sorted, each once."""
    return tuple(sorted({name for record in records if record is not None for name in record.licences}))


def _texture_route(record: Record) -> str:
    options = record.options
    source = f"the photo {options['like']}" if "like" in options else str(options.get("kind", "?"))
    if "mix" in options:
        source = str(options["mix"]).partition("=")[0].replace(":", " and ")
    way = "drawn from noise as" if options.get("draw") == "gan" else "quilted from the latents of"
    words = f"{way} {source}"
    if "toward" in options:
        words += f", {options.get('way', 0):.0%} of the way to seed {options['toward']}"
    if options.get("refine"):
        words += f", refined {options['refine']} times"
    files = [f"{word} {options[key]}" for key, word in FILES.items() if key in options and key != "like"]
    return ", with ".join([words, *files])
