"""Draco, meshopt and KTX2: decoded by what lies beside the page, under the strict policy of the server."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from vrgen.gltf import write

CHECK = Path(__file__).resolve().parents[4] / "tools" / "check"
CLOSE = {"draco": 0.5, "meshopt": 0.5, "ktx2": 3.0}
"""Largest mean difference to the picture of the plain file, of 255."""


@pytest.fixture(scope="module")
def plain(two_rooms, tmp_path_factory):
    """The gallery as we write it, and its picture."""
    path = tmp_path_factory.mktemp("plain") / "two_rooms.glb"
    write(two_rooms, path)
    return path


@pytest.fixture(scope="module")
def compressed(plain, tmp_path_factory):
    """Compress the gallery with the tools of others."""
    if shutil.which("node") is None or not (CHECK / "node_modules" / "ktx2-encoder").is_dir():
        pytest.skip("no node with the libraries of tools/check; type: make setup-dev")
    folder = tmp_path_factory.mktemp("compressed")

    def made(kind):
        path = folder / f"{kind}.glb"
        command = ["node", str(CHECK / "compress.mjs"), kind, str(plain), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return path

    return made


def seen(visit, running):
    visitor = visit(server=running)
    visitor.still()
    return visitor, visitor.picture().astype(int)


@pytest.mark.parametrize("kind", ["draco", "meshopt", "ktx2"])
def test_it_looks_like_the_plain_file(visit, serve, served, compressed, kind):
    _, wanted = seen(visit, served)
    with serve(compressed(kind)) as running:
        visitor, got = seen(visit, running)
        fetched = [url for url in visitor.asked if "decoders/" in url]
        assert all(url.startswith(visitor.origin) for url in fetched)
        assert bool(fetched) == (kind != "meshopt"), "meshopt's decoder is part of its script"
    assert np.abs(got - wanted).mean() < CLOSE[kind]


def test_a_decoder_that_never_answers_is_said_in_words(visit, serve, compressed):
    """As where a host forbids what the decoder needs: it does not fail, it hangs."""
    hanging = "Worker.prototype.postMessage = () => {};"
    hurry = "globalThis.setTimeout = ((later) => (call, ms) => later(call, ms / 30))(globalThis.setTimeout);"
    with serve(compressed("draco")) as running:
        visitor = visit(server=running, scripts=(hanging, hurry), ready=False)
        visitor.until("!document.getElementById('trouble').hidden")
        assert "not decoded within 30 seconds (draco)" in visitor.page.inner_text("#trouble")
