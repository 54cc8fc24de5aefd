import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vrgen.scene.titles import natural_key, title_from


@pytest.mark.parametrize(
    ("file", "title", "year"),
    [
        ("003_the-starry_night (1889).jpg", "The starry night", "1889"),
        ("The Starry Night, 1889.png", "The Starry Night", "1889"),
        ("well-known thing.png", "Well-known thing", ""),
        ("water_lilies_1906.webp", "Water lilies", "1906"),
        ("12 - Étude.tif", "Étude", ""),
        ("IMG_0042.JPG", "Untitled 42", ""),
        ("007.png", "Untitled 7", ""),
        ("1984.png", "Untitled 1984", ""),
        ("photo.png", "Untitled", ""),
        ("3 graces.svg", "Graces", ""),
        ("blue.horse.png", "Blue.horse", ""),
        ("日本の橋.jpg", "日本の橋", ""),
    ],
)
def test_titles(file, title, year):
    assert title_from(file) == (title, year)


@given(st.text(min_size=1, max_size=40))
def test_any_name_has_a_title(name):
    title, year = title_from(name)
    assert title and (not year or len(year) == 4)


def test_natural_order():
    names = ["b10.png", "B2.png", "a.png", "b2.png", "2.png", "10.png", "b02.png"]
    assert sorted(names, key=natural_key) == [
        "2.png",
        "10.png",
        "a.png",
        "B2.png",
        "b02.png",
        "b2.png",
        "b10.png",
    ]


@example(["²", "2"])
@given(st.lists(st.text(max_size=8), max_size=6))
def test_order_is_total(names):
    assert sorted(names, key=natural_key) == sorted(reversed(names), key=natural_key)
