"""Values: checked once, read-only, with a digest."""

import numpy as np
import pytest

from vrgen.core import Camera, Image, Material, Mesh, Node, Record, Scene, Sky
from vrgen.core.frames import linear_to_srgb, srgb_to_linear
from vrgen.core.surface import pack_orm
from vrgen.errors import ValueProblem


def grey(value, channels, size=4):
    """A flat 8-bit map."""
    return Image(np.full((size, size, channels), value, np.uint8), "linear")


def test_arrays_are_read_only():
    """Writing into a value fails."""
    image = grey(3, 3)
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0, 0] = 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: Image(np.zeros((4, 4), np.uint8)),
        lambda: Image(np.zeros((4, 4, 5), np.uint8)),
        lambda: Image(np.zeros((4, 4, 3), np.int64)),
        lambda: Sky(np.zeros((4, 9, 3), np.float32)),
        lambda: Mesh(np.zeros((3, 3)), np.array([[0, 1, 3]])),
        lambda: Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]), uv0=np.zeros((2, 2))),
        lambda: Material("a", "a", grey(1, 3), roughness=grey(1, 1, 8)),
        lambda: Material("a", "a", grey(1, 3), roughness=grey(1, 3)),
        lambda: Material("a", "a", grey(1, 3), size_m=(0.0, 1.0)),
    ],
)
def test_what_does_not_fit_is_refused(make):
    """Each says what was got and what was expected."""
    with pytest.raises(ValueProblem, match=r"expected|of \d+ vertices|one size"):
        make()


def test_srgb_round_trip():
    """All 256 levels come back."""
    levels = np.arange(256) / 255
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(levels)), levels, atol=2e-6)


def test_orm_packs_red_green_blue():
    """Occlusion, roughness, metallic, with neutral values for what is missing."""
    packed = pack_orm(Material("a", "a", grey(9, 3), roughness=grey(77, 1)))
    assert packed is not None
    assert packed.pixels[0, 0].tolist() == [255, 77, 0]
    assert pack_orm(Material("a", "a", grey(9, 3))) is None


def test_records_round_trip():
    """JSON and back, unknown keys ignored."""
    record = Record("texture", {"kind": "bricks"}, 7, "material_gan", "ab", {"vrgen": "1"}, ("CC0-1.0",))
    assert Record.from_json(record.to_json() | {"new": 1}) == record


def test_world_transforms_multiply_down_the_tree():
    """A child's place is its parent's times its own."""
    child = Node("child", translation=[1, 0, 0], meshes=(Mesh(np.eye(3), [[0, 1, 2]]),))
    half_turn = [0, 1, 0, 0]
    scene = Scene("s", (Node("root", rotation=half_turn, scale=[2, 2, 2], children=(child,)),))
    worlds = {node.name: world for node, world in scene.walk()}
    np.testing.assert_allclose(worlds["child"][:3, 3], [-2, 0, 0], atol=1e-12)
    low, high = scene.bounds()
    np.testing.assert_allclose(low, [-4, 0, -2], atol=1e-6)
    np.testing.assert_allclose(high, [-2, 2, 0], atol=1e-6)


def test_digests_differ_when_content_does():
    """Colour space counts too."""
    pixels = np.zeros((2, 2, 3), np.uint8)
    assert Image(pixels, "srgb").digest() != Image(pixels, "linear").digest()
    assert Image(pixels).digest() == Image(pixels.copy()).digest()


def test_works_are_read_from_whatever_a_file_says() -> None:
    from vrgen.core.exhibits import exhibits

    odd = (None, "x", 3, [1], {"work": None}, {"work": "a"}, {"work": {"size_cm": ["a", None], "title": 3}})
    nodes = tuple(Node(f"n{k}", camera=Camera(1.0), extras={"vrgen": said}) for k, said in enumerate(odd))
    (work,) = exhibits(Scene("s", nodes))
    assert (work.node, work.title, work.size_cm, work.low) == ("n6", "3", (), None)
