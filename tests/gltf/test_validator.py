"""Khronos' validator on what we write. Runs where node and node_modules are (`make test` installs them)."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vrgen.core import Mesh, Node, Scene, Surface, Texture
from vrgen.gltf import WriteOptions, write

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def validate():
    import sys

    spec = importlib.util.spec_from_file_location("gltf_validate", TOP / "tools" / "check" / "validate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["gltf_validate"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if not module.available():
        pytest.skip("needs node and gltf-validator: run `npm ci` in tools/check")
    return module.validate


def serious(findings):
    return [item for item in findings if item.severity in ("error", "warning")]


def test_rich_scene_has_no_errors_and_no_warnings(validate, rich_scene, tmp_path):
    write(rich_scene, tmp_path / "a.glb", WriteOptions(copyright="© A"))
    (findings,) = validate(tmp_path / "a.glb")
    assert serious(findings) == []
    # It knows neither extension, so what serves the lightmap alone looks unused to it.
    assert {item.code for item in findings} <= {"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT"}


def test_nothing_unused_is_written_when_asked(validate, rich_scene, tmp_path):
    plain = rich_scene.map_nodes(
        lambda node: replace(node, meshes=tuple(m for m in node.meshes if m.surface.lightmap is None))
    )
    write(replace(plain, records=()), tmp_path / "a.glb", WriteOptions(drop_unused=True))
    assert validate(tmp_path / "a.glb") == [[]]


def test_awkward_scenes_have_no_errors_and_no_warnings(validate, quad, picture, tmp_path):
    bumpy = Surface(normal=Texture(picture(3, 3, "linear")))
    plain = quad(bumpy, name="q")
    many = np.zeros((70000, 3), np.float32)
    many[:, 0] = np.arange(70000)
    many[:, 1] = np.arange(70000) % 2
    cases = {
        "empty": Scene(""),
        "flat with a normal map": Scene("", (Node("a", meshes=(replace(plain, normals=None),)),)),
        "normals too long": Scene("", (Node("a", meshes=(replace(plain, normals=plain.normals * 3),)),)),
        "normals lost": Scene("", (Node("a", meshes=(replace(plain, normals=plain.normals * 0),)),)),
        "uv without area": Scene("", (Node("a", meshes=(replace(plain, uv0=plain.uv0 * 0),)),)),
        "uv1 alone": Scene("", (Node("a", meshes=(replace(quad(Surface(), name=""), uv0=None),)),)),
        "32 bit indices": Scene("", (Node("a", meshes=(Mesh(many, [[0, 1, 69999]]),)),)),
        "no triangles": Scene("", (Node("a", meshes=(Mesh(many[:3], np.zeros((0, 3))),)),)),
        "rotation too long": Scene("", (Node("a", rotation=np.array([0, 0, 3.0, 4.0]), meshes=(plain,)),)),
    }
    files = [tmp_path / f"{index}.glb" for index in range(len(cases))]
    for file, scene in zip(files, cases.values(), strict=True):
        write(scene, file)
    for name, findings in zip(cases, validate(*files), strict=True):
        assert serious(findings) == [], name
