"""glTF: Scene <-> file."""

from vrgen.gltf.read import read
from vrgen.gltf.write import WriteOptions, WriteReport, write

__all__ = ["WriteOptions", "WriteReport", "read", "write"]
