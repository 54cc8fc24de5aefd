"""Maker: how a verb is used by recipes: which of its options name inputs, what it gives, what shapes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from importlib import import_module
from types import SimpleNamespace
from typing import Any, get_type_hints

FOLDER = ""
"""What a verb gives that fills a folder."""
AS_SOURCE = "as source"
"""What a verb gives whose result is of the sort that its first input is of."""


@dataclass(frozen=True)
class Maker:
    """One `make = "..."` of a recipe. Others register theirs through the entry points `vrgen.makers`."""

    command: str
    """`module:Class` of a dataclass whose fields are the options and whose `run(desk)` returns a Summary
    (vrgen.cli.command). It has a field `out`, or its summary's figures are what it makes."""
    gives: str
    """FOLDER, AS_SOURCE, or the suffix of its one file, as in `.glb`."""
    inputs: tuple[str, ...] = ()
    """Options that may name files, folders, globs and other products (`@name`); first the one it works on."""
    weights: tuple[str, ...] = ()
    """Patterns of the files in assets/weights that shape the result."""
    barred: Mapping[str, str] = field(default_factory=dict)
    """Options that a recipe cannot give, and what to do instead."""
    check: str = ""
    """`module:function` that raises one of our errors for options that cannot be, without any model."""
    cost: str = ""
    """`module:function` of options that gives (processor seconds, bytes) of one item, before any was made."""
    many: str = ""
    """`module:function` of several commands that gives their summaries in order, making the next one's result
    while the last one's is written; for what a GPU makes better in company."""

    @cached_property
    def options(self) -> type[Any]:
        """The dataclass, imported now."""
        found: type[Any] = _named(self.command)
        return found

    def make_many(self, commands: Sequence[Any]) -> Iterator[Any]:
        """A Summary for each command, in their order."""
        made: Iterator[Any] = _named(self.many)(commands)
        return made

    def refuse(self, options: Mapping[str, Any]) -> None:
        """Raise one of our errors where these options, all others as they are by default, cannot be."""
        if self.check:
            _named(self.check)(self._filled(options))

    def expect(self, options: Mapping[str, Any]) -> tuple[float, int] | None:
        """(processor seconds, bytes) of an item with these options; None where nobody knows."""
        if not self.cost:
            return None
        expected: tuple[float, int] = _named(self.cost)(self._filled(options))
        return expected

    def _filled(self, options: Mapping[str, Any]) -> Any:
        known = {spec.name: spec.default for spec in fields(self.options)}
        return SimpleNamespace(**known | dict(options))


@cache
def hints_of(command: str) -> dict[str, Any]:
    """Types of the options of `module:Class`: a fifth of a millisecond each time they are worked out."""
    return get_type_hints(_named(command))


def _named(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


_CLI = "vrgen.cli."
_COUNTED = 'give seed a range instead, as in seed = "0..9"'
_FLAG = "leave it out; it is for the command line"
_MATERIALS = ("material_*", "latent_gan.*")
_SKIES = ("sky_*",)

TEXTURE = Maker(
    f"{_CLI}texture:TextureCommand",
    FOLDER,
    ("like", "mask", "weights"),
    _MATERIALS,
    {"count": _COUNTED, "morph": "give toward and way a list instead", "list": _FLAG},
    check="vrgen.synth:check_texture",
    cost="vrgen.synth.cost:texture_cost",
    many="vrgen.cli.texture:make_many",
)
SKY = Maker(f"{_CLI}sky:SkyCommand", ".hdr", ("like", "blend"), _SKIES, check="vrgen.synth:check_sky")
MAPS = Maker(
    f"{_CLI}maps:MapsCommand",
    FOLDER,
    ("photo",),
    ("photo_maps*",),
    check="vrgen.synth.photo_request:check_maps",
)
RESTYLE = Maker(
    f"{_CLI}restyle:RestyleCommand",
    AS_SOURCE,
    ("source", "model"),
    ("cyclegan_*",),
    check="vrgen.synth.restyle_request:check_restyle",
)
BAKE = Maker(
    f"{_CLI}bake:BakeCommand",
    ".glb",
    ("file", "material", "sky"),
    (*_MATERIALS, *_SKIES),
    {"sidecar": "leave it out; a recipe makes one file of a bake", "progressive": _FLAG},
)
GALLERY = Maker(f"{_CLI}gallery:GalleryCommand", ".glb", ("pictures", "sky"), (*_MATERIALS, *_SKIES))
SCENE = Maker(
    f"{_CLI}scene:SceneCommand",
    ".glb",
    ("file",),
    (*_MATERIALS, *_SKIES),
    {
        "keys": _FLAG,
        "plan": "run vrgen scene --plan instead",
        "dry_run": "run vrgen batch with --dry-run instead",
    },
)
REROLL = Maker(
    f"{_CLI}reroll:RerollCommand",
    ".glb",
    ("file",),
    (*_MATERIALS, *_SKIES),
    {"preview": 'add a product with make = "shot" instead'},
)
OPTIMIZE = Maker(
    f"{_CLI}optimize:OptimizeCommand",
    ".glb",
    ("file",),
    (),
    {"plan": "run vrgen optimize --plan instead"},
)
CHECK = Maker(f"{_CLI}check:CheckCommand", ".json", ("file",))
INSPECT = Maker(f"{_CLI}inspect:InspectCommand", ".json", ("file",))
SHOT = Maker(
    f"{_CLI}shot:ShotCommand",
    ".png",
    ("file",),
    (),
    {"all": "give camera a list of names instead"},
)
EXPORT = Maker(f"{_CLI}export:ExportCommand", ".onnx", (), ("*",))
EXPORT_WEB = Maker(f"{_CLI}export_web:ExportWebCommand", FOLDER, ("file",))
