"""What a run leaves behind, what it says beforehand, and where its options come from."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vrgen.cli.main import main
from vrgen.errors import UsageProblem
from vrgen.train import families
from vrgen.train.gan import gan
from vrgen.train.options import TrainOptions
from vrgen.train.plot import HEIGHT, WIDTH, chart, compared


@pytest.fixture
def stripes(tmp_path):
    """A folder with one texture."""
    folder = tmp_path / "data"
    folder.mkdir()
    x = (np.sin(np.arange(64) * np.pi / 8) > 0)[None, :, None] * np.array([200, 120, 40])
    cv2.imwrite(str(folder / "stripes.png"), np.broadcast_to(x, (64, 64, 3)).astype(np.uint8))
    return folder


def test_the_folder_of_a_run(tiny, notes, tmp_path):
    """Options, log, events, plot, samples, state, weights; the notes tell of measures."""
    heard = notes()
    _, folder = tiny(tmp_path / "run", notes=heard)
    names = {path.relative_to(folder.folder).parts[0] for path in folder.folder.rglob("*")}
    wanted = {"options.json", "log.jsonl", "training.png", "samples", "state.pt", "tiny.json", "best"}
    assert wanted | {"tiny.safetensors", "events"} == names
    assert list((folder.folder / "events").glob("events.out.tfevents.*"))
    assert [path.stem for path in sorted((folder.folder / "samples").glob("*.png"))] == [
        f"{step:06d}" for step in range(0, 25, 6)
    ]
    assert any(line.startswith("step 24: ") and "swd" in line for line in heard.lines)


def test_without_tensorboard_a_run_says_so(tiny, notes, tmp_path, monkeypatch):
    """And goes on."""
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    heard = notes()
    _, folder = tiny(tmp_path / "run", steps=2, notes=heard)
    assert "pip install tensorboard" in heard.lines[0]
    assert not (folder.folder / "events").exists()


def test_a_dry_run_tells_and_writes_nothing(tiny, notes, tmp_path):
    """Seconds a step, and how long it would take."""
    heard = notes()
    tiny(tmp_path / "run", notes=heard, dry_run=True)
    (line,) = heard.lines
    assert "24 steps take about" in line
    assert list(tmp_path.iterdir()) == []


def test_a_refused_run_leaves_no_folder(tmp_path, capsys):
    """Nothing to learn from, a name that is none."""
    out = tmp_path / "runs" / "one"
    for words in (["gan", "--data", str(tmp_path)], ["gam", "--data", str(tmp_path)]):
        assert main(["train", *words, "--out", str(out)]) != 0
    assert not out.parent.exists()
    capsys.readouterr()


def test_a_config_file_gives_options_and_the_command_line_wins(stripes, tmp_path, monkeypatch):
    """Names with dashes or underscores, `from` as it is written, switches, paths."""
    given = []

    def caught(options, *, progress):
        given.append(options)

    monkeypatch.setattr("vrgen.train.gan.gan", caught)
    config = tmp_path / "run.toml"
    config.write_text(
        f'data = "{stripes}"\nout = "{tmp_path / "run"}"\nsteps = 7\nrate = 1\nfrom = "material_gan"\n'
        'holdout = ["a", "b"]\nsharpen-from = 0.5\ndry-run = true\ncompile = true\n'
    )
    assert main(["train", "gan", "--config", str(config), "--steps", "9"]) == 0
    (options,) = given
    assert (options.steps, options.rate, options.from_, options.sharpen_from) == (9, 1.0, "material_gan", 0.5)
    assert (options.data, options.holdout, options.compile) == (stripes, ("a", "b"), True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stepps = 3", "unknown option 'stepps'. Did you mean 'steps'?"),
        ('steps = "many"', "steps: got 'many'; expected `int"),
        ("steps = ", "no valid TOML"),
    ],
)
def test_a_config_file_that_is_wrong_is_one_sentence(tmp_path, capsys, text, told):
    """Typos with the nearest name, types, syntax."""
    config = tmp_path / "run.toml"
    config.write_text(text)
    words = ["train", "gan", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--config", str(config)]
    assert main(words) in (1, 2)
    assert told in capsys.readouterr().err


def test_own_textures_from_weights_show_before_and_after(stripes, tmp_path, notes):
    """Two photos of 64 pixels, two steps from the shipped weights: one is held back, its colour shown."""
    picture = cv2.imread(str(stripes / "stripes.png"))
    cv2.imwrite(str(stripes / "turned.png"), picture.transpose(1, 0, 2)[..., ::-1])
    heard = notes()
    options = TrainOptions(
        data=stripes, out=tmp_path / "run", from_="material_gan", steps=2, batch=1, crop=64
    )
    run = gan(options, progress=heard)
    card = json.loads((run.folder / "material_gan.json").read_text())
    assert (card["learned_from"], card["held_out"]) == (["stripes"], ["turned"])
    shipped = json.loads((Path(__file__).parents[2] / "assets/weights/material_gan.json").read_text())
    assert card["shape"] == shipped["shape"]
    assert card["started_from"]["digest"] == shipped["digest"]
    shown = cv2.imread(str(run.folder / "before_after.png"))
    assert shown.shape[0] == 64 * 9  # colour, then colour, normal, roughness, height, before and after each
    assert any(line.startswith("before -> after") and "psnr_base_colour" in line for line in heard.lines)
    gan(TrainOptions(data=stripes, out=tmp_path / "run", steps=3, resume=True))  # knows what it came from
    assert json.loads((run.folder / "material_gan.json").read_text())["held_out"] == ["turned"]


def test_families_are_found_by_name():
    """Every entry can be imported, and a miss names the nearest."""
    for entry in families:
        assert callable(entry.load())
    with pytest.raises(UsageProblem, match="Did you mean 'cyclegan'"):
        families.get("cylegan")


def test_a_chart_a_figure():
    """Three a row; a flat line and a single point do no harm; a figure's peer has no chart of its own."""
    lines = [
        {"time": 0, "step": 0, "swd": 1.0, "swd_real": 2.0},
        {"time": 1, "step": 5, "loss": 3.0, "rate": 0.1},
    ]
    lines += [{"time": 2, "step": 9, "trouble": "x", "back_to": 0, "slower": 0.5, "flat": float("nan")}]
    picture = chart(lines)
    assert picture.shape == (2 * HEIGHT, 3 * WIDTH, 3)
    assert len(np.unique(picture[:HEIGHT, :WIDTH].reshape(-1, 3), axis=0)) > 10
    assert chart([]).shape == (HEIGHT, 3 * WIDTH, 3)


def test_what_is_equal_is_shown_once():
    """Three bands, the first held out."""
    before = np.zeros((30, 20, 3), np.uint8)
    after = before.copy()
    after[10:] = 9
    assert len(compared(before, after, 10)) == 50
    assert len(compared(before, after, 16)) == 60
