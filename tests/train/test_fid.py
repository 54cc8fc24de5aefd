"""FID: the network is the known one, the distance is that of known distributions."""

import numpy as np
import pytest
import torch

from vrgen.errors import InputProblem
from vrgen.models.inception import FEATURES, Inception, load_inception
from vrgen.train import TrainOptions, settle
from vrgen.train.fid import frechet
from vrgen.train.gan import HABITS, MaterialFamily
from vrgen.train.sets import MaterialSource


@pytest.fixture(scope="module")
def network():
    """With random weights."""
    torch.manual_seed(0)
    return Inception()


def test_the_network_is_inception_v3(network, monkeypatch):
    """As many weights as the published one has without its classifier: 23,834,568 less 2,049,000."""
    assert sum(p.numel() for p in network.parameters()) == 21_785_568
    monkeypatch.setattr("vrgen.models.inception.SIDE", 80)
    assert network(torch.rand(1, 3, 40, 60)).shape == (1, FEATURES)


def test_weights_of_the_user(network, tmp_path):
    """What has a classifier besides is taken, what lacks a layer or is none is refused."""
    path = tmp_path / "inception.pth"
    state = network.state_dict()
    torch.save(state | {"fc.weight": torch.zeros(2, 2)}, path)
    loaded = load_inception(path)
    name = "Mixed_7c.branch_pool.conv.weight"
    assert torch.equal(loaded.state_dict()[name], state[name])
    torch.save({key: value for key, value in state.items() if key != name}, path)
    with pytest.raises(InputProblem, match="lacks 1 of the Inception's tensors, as Mixed_7c"):
        load_inception(path)
    path.write_bytes(b"no weights")
    with pytest.raises(InputProblem, match="no Inception weights"):
        load_inception(path)


def test_the_distance_of_known_distributions():
    """Axis-parallel normals: |m - n|^2 + sum (s - t)^2; more features than samples change nothing."""
    rng = np.random.default_rng(0)

    def drawn(count, spread, mean):
        x = rng.standard_normal((count, 3))
        x = np.linalg.qr(x - x.mean(axis=0))[0] * np.sqrt(count - 1)  # covariance 1, exactly
        return x * spread + mean

    real, made = drawn(60, [1.0, 2.0, 0.5], 0.0), drawn(80, [1.5, 1.0, 0.5], [0.0, 0.0, 3.0])
    turned = np.linalg.qr(rng.standard_normal((200, 3)))[0].T
    assert frechet(real, made) == pytest.approx(9 + 0.25 + 1)
    assert frechet(real @ turned, made @ turned) == pytest.approx(9 + 0.25 + 1)
    assert frechet(real, real) == pytest.approx(0, abs=1e-6)


def test_snapshots_tell_it(network, tmp_path, monkeypatch):
    """With --inception, among the measures; without, not."""
    monkeypatch.setattr("vrgen.models.inception.SIDE", 80)
    monkeypatch.setattr("vrgen.train.gan.CROPS", 2)
    monkeypatch.setattr("vrgen.train.components.CROPS", 4)
    torch.save(network.state_dict(), tmp_path / "inception.pth")
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 9), np.uint8)
    source = MaterialSource("noise", (picture,), np.ones(5, np.float32))
    for weights in (None, tmp_path / "inception.pth"):
        options = TrainOptions(data=tmp_path, out=tmp_path, crop=32, batch=1, inception=weights)
        family = MaterialFamily([source], [], settle(options, HABITS))
        measured = family.measure(family.makers)
        assert ("fid" in measured) == (weights is not None)
    assert measured["fid"] > 0
