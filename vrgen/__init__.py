"""vrgen: from a folder of pictures to a gallery you can stand in.

    import vrgen

    wall = vrgen.texture(kind="plaster", seed=7, size=1024)
    show = vrgen.gallery("pictures/", style="loft", wall=wall, sky=vrgen.sky(seed=3))
    vrgen.write(vrgen.bake(show), "show.glb")

Everything is imported on first use. `bake`, `batch`, `maps`, `scene`, `train` and `view` are rooms and verbs:
the module `vrgen.bake` is callable, so that `vrgen.bake(scene)` works and `from vrgen.bake import light` too.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vrgen.core import Image, Material, Record, Scene, Sky
    from vrgen.errors import VrgenError
    from vrgen.gltf.read import read
    from vrgen.verbs.bake import bake
    from vrgen.verbs.batch import batch
    from vrgen.verbs.check import check
    from vrgen.verbs.diff import diff
    from vrgen.verbs.doctor import doctor
    from vrgen.verbs.export import export
    from vrgen.verbs.export_web import export_web
    from vrgen.verbs.gallery import gallery
    from vrgen.verbs.inspect import inspect
    from vrgen.verbs.maps import maps
    from vrgen.verbs.models import models
    from vrgen.verbs.optimize import optimize
    from vrgen.verbs.replay import replay
    from vrgen.verbs.reroll import reroll
    from vrgen.verbs.restyle import restyle
    from vrgen.verbs.scene import scene
    from vrgen.verbs.shot import shot
    from vrgen.verbs.sky import sky
    from vrgen.verbs.store import store
    from vrgen.verbs.texture import texture
    from vrgen.verbs.train import train
    from vrgen.verbs.view import view
    from vrgen.verbs.watch import watch
    from vrgen.verbs.write import write

__all__ = [
    "Image",
    "Material",
    "Record",
    "Scene",
    "Sky",
    "VrgenError",
    "bake",
    "batch",
    "check",
    "diff",
    "doctor",
    "export",
    "export_web",
    "gallery",
    "inspect",
    "maps",
    "models",
    "optimize",
    "read",
    "replay",
    "reroll",
    "restyle",
    "scene",
    "shot",
    "sky",
    "store",
    "texture",
    "train",
    "view",
    "watch",
    "write",
]
__version__ = "0.1.0"

_ELSEWHERE = {
    **dict.fromkeys(("Image", "Material", "Record", "Scene", "Sky"), "vrgen.core"),
    "VrgenError": "vrgen.errors",
    "read": "vrgen.gltf",
}
"""Public names that are no verbs, and where they live."""
_ROOMS = ("bake", "batch", "maps", "models", "scene", "train", "view")
"""Rooms that share their name with a verb."""


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"vrgen.{name}")
    if name in __all__:
        return getattr(import_module(_ELSEWHERE.get(name, f"vrgen.verbs.{name}")), name)
    raise AttributeError(f"module 'vrgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Room(ModuleType):
    """A room's module that is called as the verb of its name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self.__name__.rpartition(".")[2]
        return getattr(import_module(f"vrgen.verbs.{name}"), name)(*args, **kwargs)


class _Package(ModuleType):
    """Makes those rooms callable at the moment the import system binds them here."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _ROOMS and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
