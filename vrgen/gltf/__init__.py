"""glTF: Scene <-> file."""

from vrgen.gltf.inspect import NodeReport, Report, TextureReport, inspect
from vrgen.gltf.read import read
from vrgen.gltf.write import WriteOptions, WriteReport, write

__all__ = [
    "NodeReport",
    "Report",
    "TextureReport",
    "WriteOptions",
    "WriteReport",
    "inspect",
    "read",
    "write",
]
