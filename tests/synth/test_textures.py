"""Many textures: the same bytes in any company, window and number of threads; made ahead."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from vrgen.core import Image
from vrgen.errors import UsageProblem
from vrgen.models.once import once
from vrgen.synth import TextureOptions, texture, textures
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import HALO, _run, decode, load_generator
from vrgen.synth.encode import encode, load_encoder

SMALL = TextureOptions(kind="bricks", size=128)
WANTED = (
    replace(SMALL, seed=1, slider=("roughness=+1",)),
    replace(SMALL, kind="metal", seed=2, size=200),
    replace(SMALL, mix="bricks:grass=0.4", seed=3),
)


def digests(material):
    return {name: image.digest() for name, image in material.maps().items()}


@pytest.fixture(scope="module")
def alone():
    """Each made by itself, on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [texture(options) for options in WANTED]
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("together", [None, 3])
def test_company_and_threads_change_no_byte(alone, together):
    """In groups of any size, on two threads: maps, names and records are those made alone on one."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        made = list(textures(iter(WANTED), together=together))
    finally:
        torch.set_num_threads(before)
    assert [m.name for m in made] == [m.name for m in alone]
    assert [m.record for m in made] == [m.record for m in alone]
    assert [digests(m) for m in made] == [digests(m) for m in alone]


def test_windows_and_threads_change_no_bit(monkeypatch):
    """Floats of decoding in other windows, and of encoding on other threads, bit for bit."""
    generator, _ = load_generator("material_gan", "cpu")
    latent = np.ascontiguousarray(load_bank("material_bank").of_kind("bricks")[0].latent[:, :20, :28])
    before = torch.get_num_threads()
    made = {}
    try:
        for window in (64, 12):
            monkeypatch.setattr("vrgen.synth.decode.WINDOW", window)
            for threads in (1, 2):
                torch.set_num_threads(threads)
                maps = decode(generator, latent, device="cpu", wrap_y=True)
                made[window, threads] = (maps, encode(load_encoder("cpu"), maps, device="cpu"))
    finally:
        torch.set_num_threads(before)
    for got in made.values():
        for one, first in zip(got, made[64, 1], strict=True):
            np.testing.assert_array_equal(one, first)


def test_the_next_one_is_made_while_one_is_used():
    """While the caller sleeps over the first, the second request is read and taken."""
    asked = []

    def requests():
        for seed in range(4):
            asked.append(seed)
            yield replace(SMALL, size=64, seed=seed)

    running = textures(requests())
    next(running)
    deadline = time.monotonic() + 20
    while threading.active_count() > 1 and len(asked) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(asked) >= 2
    assert len(asked) < 4, "what is ahead is bounded"
    running.close()


def test_a_problem_is_raised_in_its_place():
    """What came before is given first, in groups too."""
    wanted = [replace(SMALL, size=64, seed=1), replace(SMALL, kind="brick"), replace(SMALL, seed=2)]
    for together in (1, 3):
        running = textures(wanted, together=together)
        assert next(running).name == "bricks_1"
        with pytest.raises(UsageProblem, match="brick"):
            next(running)


def test_photos_are_read_by_whoever_asks():
    """`read` is given the path that an option names."""
    rng = np.random.default_rng(0)
    photo = Image(rng.integers(0, 255, (160, 160, 3)).astype(np.uint8))
    seen = []
    wanted = replace(SMALL, size=64, like="wall.png")
    (made,) = textures([wanted], read=lambda path: seen.append(path.name) or photo)
    assert seen == ["wall.png"]
    assert digests(made) == digests(texture(wanted, photo=photo))


def test_a_group_that_does_not_fit_is_halved():
    """A device without room for three pieces at once gives the same as one with room."""
    generator, _ = load_generator("material_gan", "cpu")

    class Tight(torch.nn.Module):
        def forward(self, x):
            if len(x) > 1:
                raise torch.OutOfMemoryError("no room")
            return generator(x)

    pieces = np.random.default_rng(1).standard_normal((3, 72, 4 + 2 * HALO, 4 + 2 * HALO), np.float32)
    with torch.inference_mode():
        got = [p.numpy() for p in _run(Tight(), pieces, "cpu")]
        wanted = [next(iter(_run(generator, piece[None], "cpu"))).numpy() for piece in pieces]
    np.testing.assert_array_equal(got, wanted)


def test_channels_lie_one_after_the_other():
    """What follows works on planes; each is contiguous."""
    generator, _ = load_generator("material_gan", "cpu")
    made = decode(generator, np.zeros((72, 4, 4), np.float32), device="cpu", wrap_y=True)
    assert made.shape == (32, 32, 9)
    assert made[..., 3].flags.c_contiguous


def test_two_threads_load_once_and_little_is_kept():
    """The second thread waits; the oldest of more than `most` is loaded again."""
    loads = []

    @once(2)
    def load(name):
        loads.append(name)
        time.sleep(0.05)
        return object()

    got = []
    threads = [threading.Thread(target=lambda: got.append(load("a"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["a"]
    assert got[0] is got[1]
    for name in ("b", "c", "a"):
        load(name)
    assert loads == ["a", "b", "c", "a"]
