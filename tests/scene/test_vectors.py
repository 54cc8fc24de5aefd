"""SVG drawn to size, and the ways an SVG can be hostile."""

import numpy as np
import pytest
from PIL import Image as Pillow

from vrgen.errors import InputProblem
from vrgen.scene.vectors import read_vector, vector_size

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
DISC = '<circle cx="60" cy="40" r="30" fill="#c02020"/>'
PAPER = '<rect width="120" height="80" fill="#fff"/>'


def draw(folder, body, head='width="120" height="80"', before="", max_px=240, **options):
    path = folder / "drawing.svg"
    path.write_text(f"{before}{HEAD} {head}>{body}</svg>", "utf-8")
    return read_vector(path, max_px, **options)


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ('width="120" height="80"', (240, 160)),
        ('viewBox="0 0 120 80"', (240, 160)),
        ('viewBox="0 0 120 80" width="1" height="1.5"', (160, 240)),
        ('width="30.3mm" height="20.2mm" viewBox="0 0 120 80"', (240, 160)),
        ('width="100%" viewBox="0 0 120 80"', (240, 160)),
        ("width='3in' viewBox='0,0,120,80'", (240, 160)),
    ],
)
def test_size_comes_from_the_page(tmp_path, head, size):
    got = draw(tmp_path, DISC, head)
    assert (got.width, got.height) == size
    width, height = vector_size(tmp_path / "drawing.svg")
    assert abs(width / height / (size[0] / size[1]) - 1) < 0.01 and max(width, height) >= 1024


def test_the_page_is_filled_to_its_edges(tmp_path):
    got = draw(tmp_path, PAPER + DISC, 'width="30.3mm" height="20.2mm" viewBox="0 0 120 80"')
    assert got.channels == 3
    red = (got.pixels[..., 1] < 100).sum()
    assert abs(red / (np.pi * 60 * 60) - 1) < 0.02


def test_transparency_is_kept(tmp_path):
    got = draw(tmp_path, DISC)
    assert got.channels == 4
    assert got.pixels[0, 0, 3] == 0 and tuple(got.pixels[80, 120]) == (0xC0, 0x20, 0x20, 255)
    # Faint rim pixels hold few levels of colour; invisible ones have been given their neighbours'.
    assert np.abs(got.pixels[..., 0].astype(int) - 0xC0)[got.pixels[..., 3] > 60].max() < 4
    assert got.pixels[got.pixels[..., 3] == 0][:, 0].min() > 0x80


def test_encodings_and_harmless_entities(tmp_path):
    before = '<!DOCTYPE svg [<!ENTITY paint "#c02020">]>'
    body = DISC.replace("#c02020", "&paint;")
    plain = draw(tmp_path, DISC).pixels
    assert np.array_equal(draw(tmp_path, body, before=before).pixels, plain)
    for encoding in ("utf-16", "latin-1", "utf-8-sig"):
        name = "utf-8" if encoding == "utf-8-sig" else encoding
        declaration = f'<?xml version="1.0" encoding="{name}"?>'
        text = f'{declaration}{HEAD} width="120" height="80"><!-- é -->{DISC}</svg>'
        (tmp_path / "drawing.svg").write_bytes(text.encode(encoding))
        assert np.array_equal(read_vector(tmp_path / "drawing.svg", 240).pixels, plain)


def test_a_picture_beside_it_is_drawn(tmp_path):
    Pillow.new("RGB", (4, 4), (10, 200, 30)).save(tmp_path / "a b.png")
    got = draw(tmp_path, '<image xlink:href="a b.png" width="120" height="80" preserveAspectRatio="none"/>')
    assert np.abs(got.pixels[80, 120, :3].astype(int) - (10, 200, 30)).max() <= 2


LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
HOSTILE = {
    "file": ('<image href="file:///etc/passwd" width="9" height="9"/>', "refers to 'file:///etc/passwd'"),
    "absolute": ('<image href="/etc/x.png" width="9" height="9"/>', "refers to '/etc/x.png'"),
    "above": ('<image xlink:href="../x.png" width="9" height="9"/>', "refers to '../x.png'"),
    "encoded": ('<image href="%2e%2e/x.png" width="9" height="9"/>', "refers to '%2e%2e/x.png'"),
    "remote": ('<image href="http://example.org/x.png"/>', "refers to 'http://example.org/x.png'"),
    "css": ('<rect style="fill:url(http://a.b/c#d)"/>', "refers to 'http://a.b/c#d'"),
    "import": ("<style>@import 'http://a.b/c.css';</style>", "refers to 'http://a.b/c.css'"),
    "use": ('<use href="other.svg#part"/>', "refers to 'other.svg#part'"),
    "missing": ('<image href="gone.png"/>', "refers to 'gone.png', which is not there"),
    "broken": ("<g>", "is not valid SVG"),
    "deep": ("<g>" * 600 + "</g>" * 600, "is nested more than 500 deep"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_drawings_are_refused(tmp_path, name):
    body, beginning = HOSTILE[name]
    (tmp_path / "inside").mkdir()
    Pillow.new("RGB", (4, 4)).save(tmp_path / "x.png")
    with pytest.raises(InputProblem) as caught:
        draw(tmp_path / "inside", body)
    assert str(caught.value).startswith(beginning) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "before",
    [
        f'<!DOCTYPE svg [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE svg [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        f'<!DOCTYPE svg [<!ENTITY l9 "{"ha" * 40_000}">]>',
    ],
)
def test_entities_cannot_grow_or_reach_out(tmp_path, before):
    with pytest.raises(InputProblem, match="hides an entity that reaches out or grows without end"):
        draw(tmp_path, "<text>&l9;</text>", before=before)


@pytest.mark.parametrize(
    "head",
    [
        "",
        'width="0" height="5"',
        'width="nan" height="1"',
        'width="1e999" height="1"',
        'width="-4" height="4"',
    ],
)
def test_a_page_without_size_is_refused(tmp_path, head):
    with pytest.raises(InputProblem, match="has no size, expected width and height or a viewBox"):
        draw(tmp_path, DISC, head)


def test_endless_drawings_are_stopped(tmp_path):
    layers = "".join(f'<g id="g{n + 1}">' + f'<use href="#g{n}"/>' * 9 + "</g>" for n in range(12))
    with pytest.raises(InputProblem, match=r"cannot be drawn \(.*\); simplify it or save it as PNG"):
        draw(tmp_path, f'<g id="g0">{DISC}</g>{layers}')
    clouds = '<filter id="f"><feTurbulence numOctaves="900000" baseFrequency=".1"/></filter>'
    with pytest.raises(InputProblem, match="takes more than 1 s to draw; simplify it or save it as PNG"):
        draw(tmp_path, clouds + PAPER.replace("/>", ' filter="url(#f)"/>'), timeout_s=1)


def test_no_svg_at_all(tmp_path):
    for data, sentence in (
        (b"", "is empty (0 bytes); copy it again"),
        (b"<html></html>", "starts with <html>, expected <svg>; save it again as SVG"),
        (b"\xff\xfe\x00", "is not the text an SVG is made of; save it again as SVG"),
    ):
        (tmp_path / "x.svg").write_bytes(data)
        with pytest.raises(InputProblem) as caught:
            read_vector(tmp_path / "x.svg", 100)
        assert str(caught.value) == sentence
