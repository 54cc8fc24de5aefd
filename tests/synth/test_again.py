"""Records once more as options: what they say, changed, and what no version of vrgen can have said."""

from __future__ import annotations

from typing import Any

import pytest

from vrgen.core import Record
from vrgen.core.change import MATERIAL_SLIDERS, Change
from vrgen.errors import InputProblem, UsageProblem
from vrgen.synth import SkyOptions, TextureOptions, sky, texture
from vrgen.synth.again import sky_again, slid, texture_again
from vrgen.synth.make_sky import cover_of
from vrgen.synth.seeds import LARGEST
from vrgen.synth.slider_names import SLIDERS


def test_the_core_names_the_sliders_that_there_are() -> None:
    assert tuple(SLIDERS) == MATERIAL_SLIDERS


@pytest.mark.parametrize(
    "options",
    [
        TextureOptions("oak", seed=5, size=64),
        TextureOptions("bricks", seed=0, size=80, slider=("relief=+1.5", "scale=-1")),
        TextureOptions("plaster", seed=2, size=64, toward=9, way=0.25),
        TextureOptions("plaster", seed=2, size=64, mix="bricks:grass=0.4"),
    ],
)
def test_without_a_change_the_options_of_a_texture_come_back(options: TextureOptions) -> None:
    record = texture(options).record
    assert record is not None
    told = Record.told(record.to_json())
    assert told is not None and texture_again(told, Change()) == options


def test_without_a_change_the_options_of_a_sky_come_back() -> None:
    options = SkyOptions(seed=4, size=256, kind="cloudy", warmth=-0.25)
    record = sky(options).record
    assert record is not None
    told = Record.told(record.to_json())
    assert told is not None and sky_again(told, Change(), sun=(10.0, 20.0)) == options


def test_seeds_go_round() -> None:
    last = Record("texture", {"kind": "oak"}, seed=LARGEST)
    assert texture_again(last, Change(1)).seed == 0
    assert texture_again(Record("texture", {"kind": "oak"}, seed=0), Change(-1)).seed == LARGEST


def test_another_sky_has_the_sun_that_it_must_keep_where_it_has_one() -> None:
    day, night = (Record("sky", {"kind": kind}, seed=3) for kind in ("day", "night"))
    moved = sky_again(day, Change(1), sun=(30.0, 0.5))
    assert (moved.seed, moved.sun_azimuth, moved.sun_elevation) == (4, 30.0, 1.0)
    assert sky_again(day, Change(sliders={"warmth": 1}), sun=(30.0, 20.0)).sun_azimuth is None
    assert sky_again(night, Change(1), sun=(30.0, 20.0)).sun_elevation is None


def test_clouds_are_counted_from_what_the_sky_drew() -> None:
    record = Record("sky", {"kind": "cloudy"}, seed=3)
    drawn = cover_of(SkyOptions(seed=3, kind="cloudy"))
    assert 0.25 <= drawn <= 0.55
    more = sky_again(record, Change(sliders={"cover": 0.2})).cover
    assert more == pytest.approx(drawn + 0.2, abs=1e-4)
    assert sky_again(record, Change(sliders={"cover": 2.0})).cover == 0.85


def test_sliders_add_up_and_stop_at_their_ends() -> None:
    ends = {"relief": (-3.0, 3.0), "scale": (-3.0, 3.0)}
    assert slid({"relief": 1.5}, {"relief": 1.0, "scale": -0.5}, ends) == {"relief": 2.5, "scale": -0.5}
    assert slid({"relief": 2.5}, {"relief": 1.0}, ends) == {"relief": 3.0}
    with pytest.raises(UsageProblem, match=r"relief stands at \+3, as far as it goes; turn it the other way"):
        slid({"relief": 3.0}, {"relief": 0.5}, ends)
    with pytest.raises(UsageProblem, match=r"'releif' here. Did you mean 'relief'\?"):
        slid({}, {"releif": 1.0}, ends)


def test_what_is_drawn_from_noise_keeps_its_scale() -> None:
    record = Record("texture", {"kind": "oak", "draw": "gan"}, seed=1)
    with pytest.raises(UsageProblem, match="no slider is called 'scale' here"):
        texture_again(record, Change(sliders={"scale": 1.0}))


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (Record("maps", seed=1), "was made by 'maps', expected 'texture'"),
        (Record("texture", {"kind": "oak"}), "has no seed"),
        (
            Record("texture", {"like": "wall.jpg"}, seed=1),
            r"from a photo \(wall.jpg\), which is not in the file",
        ),
        (Record("texture", {"mask": "m.png"}, seed=1), "from a mask"),
        (Record("texture", {"weights": "w"}, seed=1), "from weights of somebody's own"),
        (Record("texture", {"kind": 3}, seed=1), "kind is 3, which no version of vrgen wrote"),
        (Record("texture", {"size": True}, seed=1), "size is True"),
        (Record("texture", {"slider": "relief=1"}, seed=1), "slider is 'relief=1'"),
    ],
)
def test_materials_that_cannot_be_made_again(record: Record, sentence: str) -> None:
    with pytest.raises(InputProblem, match=sentence):
        texture_again(record, Change(1))


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (Record("texture", {"kind": "oak"}, seed=1), "was made by 'texture', expected 'sky'"),
        (Record("sky", {"kind": "like"}, seed=1), "came from a panorama"),
        (Record("sky", {"kind": ["day"]}, seed=1), r"kind of sky is \['day'\]"),
        (Record("sky", {"kind": "day", "size": "x"}, seed=1), "size is 'x'"),
    ],
)
def test_skies_that_cannot_be_made_again(record: Record, sentence: str) -> None:
    with pytest.raises(InputProblem, match=sentence):
        sky_again(record, Change(1))


@pytest.mark.parametrize("options", [{"kind": "nothing"}, {"size": 10**9}, {"slider": ["relief=9"]}])
def test_what_the_generator_refuses_is_refused_in_its_words(options: dict[str, Any]) -> None:
    with pytest.raises(UsageProblem):
        texture_again(Record("texture", options, seed=1), Change())
