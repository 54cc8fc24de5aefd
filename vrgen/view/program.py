"""Program: a compiled pair of shaders whose uniform locations and sampler units are settled at link time."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from vrgen.core.files import resource
from vrgen.errors import MissingPart
from vrgen.view.gl import GL

BLOCKS = {"Eye": 0, "Light": 1, "Surface": 2}
"""Uniform blocks of shaders/blocks.glsl and their binding points."""
UNITS = {
    "base_map": 0,
    "metallic_roughness_map": 1,
    "normal_map": 2,
    "occlusion_map": 3,
    "emissive_map": 4,
    "light_map": 5,
    "environment_map": 6,
    "sky_map": 7,
    "overlay_map": 7,
    "sign_map": 7,
    "depth_map": 6,
    "picture_map": 7,
}
"""Texture unit of every sampler; the first six are also the slots of Surface.uv."""


@cache
def source(name: str) -> str:
    """Text of shaders/`name` with its includes put in."""
    folder: Path = resource("shaders")
    text = (folder / name).read_text("utf-8")
    return re.sub(r'^#include "([\w.]+)"$', lambda found: source(found[1]), text, flags=re.MULTILINE)


class Program:
    """A linked program; `delete` releases it."""

    def __init__(self, vertex: str, fragment: str, defines: frozenset[str] = frozenset()) -> None:
        shaders = [
            _compile(vertex, GL.GL_VERTEX_SHADER, defines),
            _compile(fragment, GL.GL_FRAGMENT_SHADER, defines),
        ]
        self.id = int(GL.glCreateProgram())
        for shader in shaders:
            GL.glAttachShader(self.id, shader)
        GL.glLinkProgram(self.id)
        for shader in shaders:
            GL.glDetachShader(self.id, shader)
            GL.glDeleteShader(shader)
        if not GL.glGetProgramiv(self.id, GL.GL_LINK_STATUS):
            raise _refused(f"{vertex} + {fragment}", GL.glGetProgramInfoLog(self.id))
        self.use()
        for name, binding in BLOCKS.items():
            index = GL.glGetUniformBlockIndex(self.id, name)
            if index != GL.GL_INVALID_INDEX:
                GL.glUniformBlockBinding(self.id, index, binding)
        for name, unit in UNITS.items():
            location = GL.glGetUniformLocation(self.id, name)
            if location >= 0:
                GL.glUniform1i(location, unit)

    def use(self) -> None:
        """Draw with it from now on."""
        GL.glUseProgram(self.id)

    def location(self, name: str) -> int:
        """Location of a plain uniform; ask once, at start."""
        return int(GL.glGetUniformLocation(self.id, name))

    def delete(self) -> None:
        """Release it; twice does no harm."""
        if self.id:
            GL.glDeleteProgram(self.id)
            self.id = 0


class Programs:
    """Programs by (vertex, fragment, defines), compiled once each. Owner of all of them."""

    def __init__(self) -> None:
        self._programs: dict[tuple[str, str, frozenset[str]], Program] = {}

    def get(self, vertex: str, fragment: str, *defines: str) -> Program:
        """The program, compiled now if need be. Raises MissingPart when the driver refuses it."""
        key = (vertex, fragment, frozenset(defines))
        if key not in self._programs:
            self._programs[key] = Program(*key)
        return self._programs[key]

    def clear(self) -> None:
        """Release all (pyrender's name for it)."""
        for program in self._programs.values():
            program.delete()
        self._programs.clear()


def _compile(name: str, kind: int, defines: frozenset[str]) -> int:
    version, body = source(name).split("\n", 1)
    lines = "".join(f"#define {define} 1\n" for define in sorted(defines))
    shader = int(GL.glCreateShader(kind))
    GL.glShaderSource(shader, f"{version}\n{lines}{body}")
    GL.glCompileShader(shader)
    if not GL.glGetShaderiv(shader, GL.GL_COMPILE_STATUS):
        raise _refused(name, GL.glGetShaderInfoLog(shader))
    return shader


def _refused(name: str, log: bytes | str) -> MissingPart:
    text = log.decode(errors="replace") if isinstance(log, bytes) else log
    return MissingPart(
        f"the graphics driver refuses {name}: {' '.join(text.split())[:400]}; "
        "expected OpenGL 3.3, update the driver"
    )
