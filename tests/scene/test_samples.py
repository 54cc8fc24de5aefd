"""The sample show that travels with vrgen hangs as a whole."""

import pytest

from vrgen.core.files import resource
from vrgen.gltf import read
from vrgen.scene.budget import picture_pixels
from vrgen.scene.works import read_works


def test_the_samples_are_a_show():
    folder = resource("assets/samples")
    show = read_works(folder, max_px=picture_pixels, strict=True, load_model=read)
    assert show.title == "First light" and not show.left_out
    assert len(show.works) >= 6
    assert {work.file.rpartition(".")[2] for work in show.works} >= {"svg", "png", "jpg", "glb"}
    for work in show.works:
        assert work.title and work.artist and work.text and work.alt and work.size_m
        if work.image:
            assert work.size_m[0] / work.size_m[1] == pytest.approx(
                work.image.width / work.image.height, rel=0.02
            )
            assert max(work.image.width, work.image.height) >= 640
        else:
            low, high = work.model.bounds()
            assert high[1] - low[1] == pytest.approx(work.size_m[1], abs=0.01)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6_000_000
