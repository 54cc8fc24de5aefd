"""gallery.toml: what is accepted, and each sentence for what is not."""

import pytest

from vrgen.errors import InputProblem, UsageProblem
from vrgen.scene.catalogue import Catalogue, entries_by_file, read_catalogue


def read(folder, text, encoding="utf-8"):
    (folder / "gallery.toml").write_text(text, encoding)
    return read_catalogue(folder / "gallery.toml")


def test_everything_that_can_be_said(tmp_path):
    text = """
    [gallery]
    title = "Früh"
    style = "loft"
    seed = 7
    sky = "dawn.hdr"
    [[work]]
    file = "a.png"
    title = "A"
    artist = "B"
    year = 1889
    size_cm = [92, 73.5]
    text = "t"
    alt = "u"
    order = 2
    room = "r"
    [[work]]
    file = "b.png"
    size_cm = 40
    """
    for encoding in ("utf-8", "utf-8-sig"):
        got = read(tmp_path, text, encoding)
        assert (got.gallery.title, got.gallery.seed, got.gallery.sky) == ("Früh", 7, "dawn.hdr")
        assert got.work[0].size_cm == (92, 73.5) and got.work[1].size_cm == 40
        assert got.work[0].year == 1889 and got.work[0].order == 2
    assert read(tmp_path, "") == Catalogue()


SENTENCES = {
    '[gallery]\ntitel = "x"': "gallery.toml: [gallery] (line 2): unknown key 'titel', expected one of title, "
    "style, seed, sky; correct or remove it. Did you mean 'title'?",
    '[[work]]\nfile="a"\n[[work]]\nfile="b"\n\ntitel="x"': "gallery.toml: [[work]] 2 (line 6): unknown key "
    "'titel', expected one of file, title, artist, year, size_cm, text, alt, order, room; correct or remove "
    "it. Did you mean 'title'?",
    '[[works]]\nfile = "a"': "gallery.toml (line 1): unknown key 'works', expected one of gallery, work; "
    "correct or remove it. Did you mean 'work'?",
    '[gallery]\nseed = "7"': "gallery.toml: [gallery] (line 2): 'seed': got text in quotes, expected a whole "
    "number; change it",
    '[[work]]\nfile = "a"\ntitle = 5': "gallery.toml: [[work]] 1 (line 3): 'title': got a whole number, "
    "expected text in quotes; change it",
    '[[work]]\ntitle = "x"': "gallery.toml: [[work]] 1 (line 1) has no 'file'; add file = ...",
    '[[work]]\nfile = "a"\nsize_cm = [1, 2, 3]': "gallery.toml: [[work]] 1 (line 3): 'size_cm' is of the "
    "wrong form, expected [width, height] or one number, in cm",
    '[[work]]\nfile = "a"\nsize_cm = [0.5, 20]': "gallery.toml: [[work]] 1 (line 3): 'size_cm' is 0.5 x 20, "
    "expected 1 to 2000 centimetres; correct it",
    '[[work]]\nfile = "a"\nsize_cm = nan': "gallery.toml: [[work]] 1 (line 3): 'size_cm' is nan, "
    "expected 1 to 2000 centimetres; correct it",
    '[work]\nfile = "a"': "gallery.toml: [work] (line 1): got a table, expected a list; change it",
}


@pytest.mark.parametrize("text", SENTENCES)
def test_wrong_keys_and_types(tmp_path, text):
    with pytest.raises(UsageProblem) as caught:
        read(tmp_path, text)
    assert str(caught.value) == SENTENCES[text]


def test_what_is_no_toml(tmp_path):
    with pytest.raises(InputProblem, match=r"gallery.toml is not valid TOML: .*line 2.*; mend that place"):
        read(tmp_path, "[gallery]\ntitle = x y")
    with pytest.raises(InputProblem, match=r"gallery\.toml is not UTF-8"):
        read(tmp_path, 'title = "ü"', "latin-1")


def test_entries_name_files_that_are_there_once(tmp_path):
    got = read(tmp_path, '[[work]]\nfile = "popies.jpg"')
    with pytest.raises(UsageProblem) as caught:
        entries_by_file(got, ["poppies.jpg", "zebra.png"])
    assert str(caught.value) == (
        "gallery.toml: [[work]] 1 is about 'popies.jpg', expected the name of a file in this folder; "
        "correct it or remove the entry. Did you mean 'poppies.jpg'?"
    )
    got = read(tmp_path, '[[work]]\nfile = "a.png"\n[[work]]\nfile = "a.png"')
    with pytest.raises(UsageProblem, match=r"'a.png' has two \[\[work\]\] entries, expected one; join them"):
        entries_by_file(got, ["a.png"])
    # macOS stores decomposed names, editors write composed ones.
    assert list(entries_by_file(read(tmp_path, '[[work]]\nfile = "\u00e9.png"'), ["e\u0301.png"])) == [
        "e\u0301.png"
    ]
