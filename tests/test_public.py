"""The public surface: what `import vrgen` hands out, held against surface.json beside this file.

After a wished change: python tests/test_public.py
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import vrgen
from vrgen.errors import UsageProblem
from vrgen.registry import Entry, Registry, generators, styles, verbs, viewers
from vrgen.verbs.verb import Export, Step, Verb

SURFACE = Path(__file__).with_name("surface.json")
VERBS = (
    "bake",
    "check",
    "diff",
    "doctor",
    "export_web",
    "gallery",
    "inspect",
    "optimize",
    "replay",
    "reroll",
    "scene",
    "shot",
    "sky",
    "texture",
    "train",
    "view",
    "write",
)


def verb_of(name: str) -> Any:
    """The verb behind a public name; `vrgen.bake` itself is the room."""
    import importlib

    return getattr(importlib.import_module(f"vrgen.verbs.{name}"), name)


def surface() -> dict[str, Any]:
    """Every public name with its keywords (verbs) or its parameters (the rest)."""
    out: dict[str, Any] = {}
    for name in vrgen.__all__:
        if name in VERBS:
            fields = dataclasses.fields(verb_of(name).options)
            out[name] = {
                f.name: repr(f.default) if f.default is not dataclasses.MISSING else "" for f in fields
            }
        else:
            shown = getattr(vrgen, name)
            is_error = isinstance(shown, type) and issubclass(shown, Exception)
            out[name] = [] if is_error else list(inspect.signature(shown).parameters)
    return out


def test_the_surface_is_the_one_that_was_agreed() -> None:
    assert surface() == json.loads(SURFACE.read_text())


def test_names_are_sorted_and_there() -> None:
    assert list(vrgen.__all__) == sorted(vrgen.__all__)
    assert {name for name in dir(vrgen) if not name.startswith("_")} == set(vrgen.__all__)
    assert all(callable(getattr(vrgen, name)) for name in vrgen.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="textures"):
        _ = vrgen.textures  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_takes_its_options_as_keywords(name: str) -> None:
    verb = verb_of(name)
    assert isinstance(verb, Verb | Step | Export)
    assert dataclasses.is_dataclass(verb.options)
    assert verb.options.__dataclass_params__.frozen
    assert verb.__doc__


def test_a_wrong_keyword_names_the_right_one() -> None:
    with pytest.raises(UsageProblem, match=r"sede.*Did you mean 'seed'"):
        vrgen.sky(sede=3)  # type: ignore[call-arg]
    with pytest.raises(UsageProblem, match="qualty"):
        vrgen.write(vrgen.Scene("empty"), "x.glb", qualty=3)  # type: ignore[call-arg]
    with pytest.raises(UsageProblem, match="pictures"):
        vrgen.gallery()  # type: ignore[call-arg]


def test_rooms_that_share_a_verbs_name_are_both() -> None:
    from vrgen.bake import LightOptions

    scene = vrgen.Scene("empty")
    assert vrgen.bake.LightOptions is LightOptions  # type: ignore[attr-defined]
    with pytest.raises(UsageProblem, match="bounce"):
        vrgen.bake(scene, bounce=3)  # type: ignore[call-arg]


def test_a_name_is_registered_once() -> None:
    registry = Registry("thing", "vrgen.tests", [Entry("a", "json:loads")])
    with pytest.raises(UsageProblem, match="twice"):
        registry.add(Entry("a", "json:dumps"))
    assert registry.load("a") is json.loads
    with pytest.raises(UsageProblem, match=r"unknown thing 'b'"):
        registry.get("b")


def test_a_missing_library_is_said_with_the_line_that_installs_it() -> None:
    entry = Entry("dream", "no_such_library.core:dream", needs=("no-such-library>=2",))
    with pytest.raises(vrgen.VrgenError, match="pip install no-such-library>=2"):
        entry.load()


@pytest.mark.parametrize("entry", [*verbs, *styles, *generators, *viewers], ids=lambda entry: entry.name)
def test_every_entry_leads_somewhere(entry: Entry) -> None:
    assert entry.load() is not None
    assert entry.summary.endswith(".")


if __name__ == "__main__":
    SURFACE.write_text(json.dumps(surface(), indent=1) + "\n")
    sys.stdout.write(f"{SURFACE} written\n")
