"""Fuzzing of the glTF importer guided by coverage, with atheris (libFuzzer for Python).

Inputs begin as those of fuzz_gltf.py and are changed by libFuzzer and by its mutations in turn; what reaches
new code of vrgen is kept and changed further. Any exception that is no error of ours, an error that names no
JSON pointer or byte, more than 4 GiB of memory, or 20 seconds end the run; the input lies in this folder.

`pip install atheris` in an environment of its own (no dependency), vrgen's libraries on PYTHONPATH, then
`python tools/bench/fuzz_gltf_atheris.py -max_total_time=600`; options are libFuzzer's.
"""

# make bench leaves this out: it ends when it is told to, in an environment of its own.
from __future__ import annotations

import random
import struct
import sys
import tempfile
from pathlib import Path

import atheris
import fuzz_gltf
import fuzz_mutations

sys.path.insert(0, str(fuzz_gltf.ROOT))
with atheris.instrument_imports(include=["vrgen"]):
    import vrgen.gltf.draco
    import vrgen.gltf.ktx2
    import vrgen.gltf.meshopt
    import vrgen.gltf.read
    import vrgen.gltf.write  # noqa: F401
from vrgen.errors import VrgenError

LIMITS = ("-timeout=20", "-rss_limit_mb=4096", "-max_len=200000")


def changed(data: bytes, most: int, seed: int) -> bytes:
    """The input with other values or bytes; half of the time libFuzzer's own."""
    rng = random.Random(seed)
    if rng.random() < 0.5:
        try:
            return fuzz_mutations.mutated(data, rng)[:most]
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error):
            pass  # it is no longer a file whose JSON can be changed
    return bytes(atheris.Mutate(data, most))


def main() -> None:
    """Fuzz until libFuzzer is told to stop."""
    folder = Path(tempfile.mkdtemp(prefix="atheris-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(fuzz_gltf.seeds(folder, [])):
        (corpus / f"{number}.glb").write_bytes(data)
    path = folder / "a.glb"

    def one(data: bytes) -> None:
        path.write_bytes(data)
        try:
            fuzz_gltf.read_and_write(str(path))
        except VrgenError:
            pass

    atheris.Setup([*sys.argv, *LIMITS, str(corpus)], one, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
