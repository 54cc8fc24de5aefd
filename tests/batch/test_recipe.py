"""Recipes: what unfolds into which items, and what is refused with its line before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vrgen.batch.recipe import read_recipe
from vrgen.errors import UsageProblem, VrgenError

Write = Callable[[str], Path]


def names(path: Path) -> list[str]:
    return [item.name for item in read_recipe(path).items]


def test_lists_and_ranges_make_a_matrix(recipe: Write) -> None:
    path = recipe(
        '[[product]]\nname = "wall"\nmake = "texture"\nkind = ["bricks", "planks"]\nseed = "7..9"\n'
    )
    assert names(path) == [
        "wall/bricks-7", "wall/bricks-8", "wall/bricks-9", "wall/planks-7", "wall/planks-8", "wall/planks-9",
    ]  # fmt: skip
    first = read_recipe(path).items[0]
    assert (first.options["kind"], first.options["seed"]) == ("bricks", 7)
    assert first.options["draw"] == "quilt"  # what nobody gave is part of the key


def test_an_option_of_many_values_is_one_item_until_lists_lie_in_it(recipe: Write) -> None:
    one = '[[product]]\nmake = "texture"\nslider = ["roughness=1", "relief=2"]\n'
    assert [item.options["slider"] for item in read_recipe(recipe(one)).items] == [
        ("roughness=1", "relief=2")
    ]
    two = '[[product]]\nmake = "texture"\nslider = [["roughness=1"], ["relief=2"]]\n'
    assert [item.options["slider"] for item in read_recipe(recipe(two)).items] == [
        ("roughness=1",),
        ("relief=2",),
    ]


def test_products_are_chained_by_name(recipe: Write) -> None:
    path = recipe(
        '[[product]]\nname = "a"\nmake = "trivial"\nseed = "0..1"\n'
        '[[product]]\nname = "b"\nmake = "trivial"\nfile = "@a"\nseed = [5, 6]\n'
        '[[product]]\nname = "c"\nmake = "trivial"\nfile = "@a/"\n'
    )
    read = read_recipe(path)
    assert [item.name for item in read.items if item.product == "b"] == ["b/0-5", "b/0-6", "b/1-5", "b/1-6"]
    assert read.by_name["b/1-6"].needs() == {"a/1"}
    assert read.by_name["c"].needs() == {"a/0", "a/1"}


def test_globs_are_taken_from_the_recipes_folder(recipe: Write, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("Two b.bin", "one.bin", ".hidden.bin"):
        (tmp_path / "in" / name).write_bytes(b"x")
    assert names(recipe('[[product]]\nmake = "trivial"\nfile = "in/*.bin"\n')) == [
        "trivial/two-b",
        "trivial/one",
    ]


def test_values_that_are_written_alike_stay_apart(recipe: Write) -> None:
    path = recipe('[[product]]\nmake = "sky"\nwarmth = [0.5, 0.5]\n')
    assert names(path) == ["sky/0.5", "sky/0.5_2"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[[product]]\nmake = "texture"\nseeed = 1\n', 3, "unknown option 'seeed'. Did you mean 'seed'?"),
        ('[[product]]\nmake = "texure"\n', 2, "Did you mean 'texture'?"),
        ('[[product]]\nkind = "bricks"\n', 1, "has no make"),
        ('[[product]]\nmake = "texture"\nseed = "9..7"\n', 3, "ends before it begins"),
        ('[[product]]\nmake = "texture"\nseed = "0..9999999"\n', 3, "at most 1,000,000"),
        ('[[product]]\nmake = "texture"\nseed = "many"\n', 3, "expected a whole number"),
        ('[[product]]\nmake = "texture"\nseed = []\n', 3, "empty list"),
        ('[[product]]\nmake = "texture"\ncount = 5\n', 3, 'seed = "0..9"'),
        ('[[product]]\nmake = "texture"\nout = "x"\n', 3, "names its own files"),
        ('[[product]]\nmake = "texture"\ndraw = "quild"\n', 3, "Did you mean 'quilt'?"),
        ('[[product]]\nmake = "texture"\nkind = ["oak", "plamks"]\n', 3, "Did you mean 'planks'?"),
        ('[[product]]\nmake = "texture"\nsize = 1\n', 3, "size"),
        ('[[product]]\nmake = "sky"\nkind = "night"\nsun_elevation = 3.0\n', 4, "whose sun is down"),
        ('[[product]]\nmake = "restyle"\nsource = "gone.png"\n', 3, "there is no 'gone.png'"),
        ('[[product]]\nmake = "restyle"\nsource = "*.png"\n', 3, "finds no file"),
        ('[[product]]\nmake = "restyle"\n', 1, "has no source"),
        ('[[product]]\nmake = "trivial"\n[[product]]\nmake = "shot"\nfile = "@triv"\n', 5, "'trivial'"),
        ('[[product]]\nmake = "trivial"\n[[product]]\nmake = "trivial"\n', 3, "is a product already"),
        ('[[product]]\nmake = "trivial"\nname = "../x"\n', 3, "expected a-z"),
        ('[[product]]\nmake = "trivial"\nretries = 99\n', 3, "expected 0 to 20"),
        ('[[prodct]]\nmake = "trivial"\n', 1, "Did you mean 'product'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(recipe: Write, text: str, line: int, said: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        read_recipe(recipe(text))
    assert f"(line {line})" in str(refused.value)
    assert said in str(refused.value)


def test_a_reference_cannot_leave_its_product(recipe: Write) -> None:
    head = '[[product]]\nmake = "trivial"\nname = "a"\n[[product]]\nmake = "trivial"\n'
    for reference in ("@a/../b.bin", "@a//etc/passwd"):
        with pytest.raises(VrgenError, match="within the product"):
            read_recipe(recipe(f'{head}file = "{reference}"\n'))


def test_an_empty_file_says_how_to_begin(recipe: Write) -> None:
    with pytest.raises(UsageProblem, match=r"begin with \[\[product\]\]"):
        read_recipe(recipe("# nothing yet\n"))


def test_no_recipe_names_a_file_to_write(recipe: Write) -> None:
    """Options that are paths are inputs, or barred: a recipe writes where it is told to, and nowhere else."""
    from typing import get_args, get_type_hints

    from vrgen.registry import makers

    for name in makers.names():
        maker = makers.load(name)
        for option, hint in get_type_hints(maker.options).items():
            if (hint is Path or Path in get_args(hint)) and option != "out":
                assert option in (*maker.inputs, *maker.barred), f"{name}: {option}"


def test_a_file_with_a_share_behind_it_is_an_input(recipe: Write, tmp_path: Path) -> None:
    for name in ("day.hdr", "dusk.hdr"):
        (tmp_path / name).write_bytes(b"x")
    text = '[[product]]\nmake = "sky"\nlike = "day.hdr"\nblend = ["dusk.hdr:0.3", "dusk.hdr"]\n'
    found = [item.inputs() for item in read_recipe(recipe(text)).items]
    assert [[one.name + one.tail for one in inputs] for inputs in found] == [
        ["day.hdr", "dusk.hdr:0.3"],
        ["day.hdr", "dusk.hdr"],
    ]
