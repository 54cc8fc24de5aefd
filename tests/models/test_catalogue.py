"""What is installed is listed, and every network goes to ONNX and gives the same there."""

import json

import numpy as np
import pytest
import torch

from vrgen.cli.main import main
from vrgen.errors import MissingPart, UsageProblem
from vrgen.models.blocks import pad_around
from vrgen.models.catalogue import FAMILIES, find_model, installed, load_part
from vrgen.models.onnx_file import write_onnx

SMALL = {
    "material_gan": {"latent": 4, "widths": [8, 8, 8], "critic": 8},
    "sky_vae": {"latent": 4, "widths": [8, 8, 8], "critic": 8},
    "cyclegan": {"kind": "resnet", "blocks": 2, "width": 8},
    "photo_maps": {"widths": [8, 8, 8], "critic": 8},
}
"""Shapes of tiny networks, one a family."""


def test_every_family_is_tried_here():
    """A new family comes with a small shape, so that its export is tested."""
    assert set(SMALL) == {name for name, family in FAMILIES.items() if family.parts}


@pytest.mark.parametrize(("family", "name"), [(f, p) for f, entry in FAMILIES.items() for p in entry.parts])
def test_onnxruntime_gives_what_torch_gives(family, name, tmp_path):
    """Within 1e-4 at two sizes that are not the one it was traced at, square and not."""
    runtime = pytest.importorskip("onnxruntime")
    part, card = FAMILIES[family].parts[name], {"shape": SMALL[family]}
    torch.manual_seed(1)
    network = part.build(card).eval()
    for weight in network.parameters():  # residual branches start at zero: nothing would be compared
        weight.data += 0.1 * torch.randn(weight.shape)
    path = tmp_path / "x.onnx"
    write_onnx(network, part.inputs(card, 64), part.spatial, path)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for size, wider in ((96, 0), (128, 1)):
        inputs = part.inputs(card, size)
        if wider:
            inputs = {n: torch.cat([t, t], dim=3) if n in part.spatial else t for n, t in inputs.items()}
        with torch.inference_mode():
            expected = network(*inputs.values())
        expected = expected if isinstance(expected, tuple) else (expected,)
        got = session.run(None, {n: t.numpy() for n, t in inputs.items()})
        for a, b in zip(got, expected, strict=True):
            scale = max(1.0, float(b.abs().max()))
            np.testing.assert_allclose(a / scale, b.numpy() / scale, atol=1e-4)


def test_padding_is_the_same_with_and_without_a_gradient():
    """Two ways through the code, one result."""
    x = torch.randn(1, 2, 4, 5)
    for wrap_y in (False, True):
        learned = pad_around(x.clone().requires_grad_(), 1, wrap_y=wrap_y)
        assert learned.requires_grad
        assert torch.equal(pad_around(x, 1, wrap_y=wrap_y), learned.detach())


def test_what_is_installed_is_listed_with_its_card(capsys):
    """Every weight file but the banks; one line each, and JSON for machines."""
    names = [model.name for model in installed()]
    assert {"material_gan", "sky_vae"} <= set(names)
    assert not any(name.endswith("bank") for name in names)
    assert main(["models"]) == 0
    assert all(name in capsys.readouterr().out for name in names[:1])
    assert main(["models", "--json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["models"]) == names
    assert told["models"]["sky_vae"]["steps"] > 0


def test_a_card_is_shown(capsys):
    """Networks, data, licences and digest are there."""
    assert main(["models", "show", "sky_vae"]) == 0
    text = capsys.readouterr().out
    card = find_model("sky_vae").card
    for expected in ("generator", "encoder", card["learned_from"][0], card["licences"][0], card["digest"]):
        assert expected in text


def test_shipped_weights_load_into_their_networks():
    """Every part of every installed model of a known family."""
    for model in installed():
        for name in FAMILIES[model.family].parts if model.family in FAMILIES else ():
            assert next(load_part(model, name)[2].parameters()).isfinite().all()


def test_what_is_not_there_is_said(capsys):
    """A wrong model, a wrong part, no name to show."""
    with pytest.raises(UsageProblem, match="sky_vae"):
        find_model("skyvae")
    with pytest.raises(UsageProblem, match="encoder"):
        load_part(find_model("sky_vae"), "encodr")
    with pytest.raises(UsageProblem, match="no ONNX"):
        load_part(find_model("latent_gan"))
    assert main(["models", "show"]) == 2
    assert "expected its name" in capsys.readouterr().err


def test_export_without_its_library_says_what_to_install(monkeypatch, tmp_path):
    """One sentence, and nothing is written."""
    monkeypatch.setattr("vrgen.models.onnx_file.find_spec", lambda name: None)
    with pytest.raises(MissingPart, match="pip install onnx"):
        write_onnx(torch.nn.Identity(), {"x": torch.zeros(1)}, (), tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())
