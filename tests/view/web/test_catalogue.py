"""The catalogue: a page of its own for everybody, whatever a work is called."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest

from vrgen.view.web import catalogue as module
from vrgen.view.web.catalogue import alternative, catalogue, count, measures, stylesheet
from vrgen.view.web.phone import phone_page, script


class Read(HTMLParser):
    """Tags in order, attributes, text; and whether every tag that opens is closed in its turn."""

    EMPTY: ClassVar = {"meta", "link", "img", "br"}

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(html.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def said(make_site, show_file):
    return make_site(show_file).said


@pytest.fixture(scope="module", params=["catalogue", "phone"])
def html(request, said) -> bytes:
    return catalogue(said, phone=True) if request.param == "catalogue" else phone_page(said)


def test_words_are_words_and_never_markup(html):
    read = Read(html)
    text = "".join(read.text)
    assert "One <b>bold</b>" in text and "Small & <light>" in text and 'A "B" C' in text
    assert read.all("b") == [] and read.all("light") == []


def test_no_work_can_bring_markup_or_a_script(said):
    evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;"
    work = {**said["works"][0], **dict.fromkeys(("node", "title", "artist", "year", "text", "alt"), evil)}
    for html in (
        catalogue({**said, "title": evil, "works": [work] * 5}, phone=True),
        phone_page({**said, "works": [work]}),
    ):
        read = Read(html)
        assert [tag.get("src") for tag in read.all("script")] in ([], ["ar.js"])
        assert all(not name.startswith("on") for _, attributes in read.tags for name in attributes)
        assert {tag["src"] for tag in read.all("img")} == {work["thumbnail"]}


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(html):
    read = Read(html)
    assert read.all("style") == []
    assert not any("style" in attributes for _, attributes in read.tags)
    for _, attributes in read.tags:
        for name in ("href", "src", "srcset"):
            value = attributes.get(name) or ""
            assert not re.match(r"(?:[a-z]+:)?//|/|https?:", value) or value == "data:,"


def test_it_can_be_read_without_seeing_it(html, said):
    """Landmarks, one h1, an h2 a work, an article that is named by it, an alt for every picture."""
    read = Read(html)
    tags = [name for name, _ in read.tags]
    assert read.all("html")[0]["lang"] == "en"
    for landmark in ("header", "nav", "main", "footer"):
        assert landmark in tags
    assert tags.count("h1") == 1 and tags.count("main") == 1
    assert tags.count("h2") == len(said["works"])
    headings = {tag["id"] for tag in read.all("h2")}
    assert [tag["aria-labelledby"] for tag in read.all("article")] == sorted(headings)
    assert all(tag["alt"] for tag in read.all("img"))
    identities = [attributes["id"] for _, attributes in read.tags if attributes.get("id")]
    assert len(identities) == len(set(identities))
    anchors = {tag["href"][1:] for tag in read.all("a") if (tag["href"] or "").startswith("#")}
    assert anchors <= set(identities)
    assert read.tags[[n for n, _ in read.tags].index("body") + 1][1]["class"] == "skip"


def test_every_link_says_where_it_leads(html):
    """Heard one by one, no two links that lead elsewhere sound alike."""
    links = re.findall(rb'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL)
    heard: dict[str, set[bytes]] = {}
    for address, inside in links:
        words = re.sub(rb"<img[^>]*alt=\"([^\"]*)\"[^>]*>", rb"\1", inside)
        words = re.sub(rb"<[^>]+>", b"", words).strip()
        assert words
        heard.setdefault(words.decode(), set()).add(address)
    assert all(len(addresses) == 1 for addresses in heard.values())


def test_a_work_can_be_seen_in_the_room(said):
    html = catalogue({**said, "works": [{**said["works"][0], "node": "wörk #1&2"}]}, phone=False)
    assert 'href="index.html#work=w%C3%B6rk%20%231%262"' in html.decode()


def test_pictures_keep_their_place_while_they_load(said):
    read = Read(catalogue(said, phone=False))
    for image, work in zip(read.all("img"), said["works"], strict=True):
        assert int(image["width"]) / int(image["height"]) == pytest.approx(work["aspect"], rel=0.01)
        small, large = (int(part.split()[1][:-1]) for part in image["srcset"].split(", "))
        assert small < large


def test_a_long_catalogue_has_a_table_of_contents(said):
    work = said["works"][0]
    assert "contents" not in catalogue({**said, "works": [work] * 3}, phone=False).decode()
    long = catalogue({**said, "works": [work] * 40}, phone=False).decode()
    assert long.count('<li><a href="#work-') == 40


def test_words_for_what_is_missing(said):
    bare = {**said["works"][0], "alt": "", "artist": "", "year": "", "text": "", "size_cm": []}
    assert alternative(bare) == bare["title"]
    assert measures(bare) == "" and measures({"size_cm": [67.0, 62.5, 45.8]}) == "67 × 62.5 × 45.8 cm"
    assert (count(0), count(1), count(9)) == ("No works", "One work", "9 works")
    html = catalogue({**said, "works": [bare]}, phone=False).decode()
    assert 'class="who"' not in html and 'class="size"' not in html and 'class="text"' not in html


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    values = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough_for_everybody(place):
    css = stylesheet().decode()
    colours = dict(re.findall(r"--(\w+): (#\w{6});", re.findall(r":root \{(.*?)\}", css, re.DOTALL)[place]))
    assert contrast(colours["ink"], colours["paper"]) >= 7
    assert contrast(colours["faint"], colours["paper"]) >= 4.5
    assert contrast(colours["accent"], colours["paper"]) >= 4.5


def test_the_sheet_honours_what_people_ask_for():
    css = stylesheet().decode()
    for wish in (
        "prefers-color-scheme: dark",
        "prefers-reduced-motion",
        "forced-colors",
        "@media print",
        ":focus-visible",
    ):
        assert wish in css
    assert "http" not in css and "@import" not in css and "url(" not in css


def test_iphones_are_told_what_is_not_there(said):
    text = "".join(Read(phone_page(said)).text)
    assert "USDZ" in text and "Android" in text
    assert 'rel="ar"' not in phone_page(said).decode()
    assert phone_page({**said, "works": [{**said["works"][0], "image": None}]}).count(b"<article") == 0


def test_the_script_of_the_phone_page_is_a_file_beside_it():
    assert Path(module.__file__).with_name("ar.js").read_bytes() == script()
    assert b"resizable" in script() and b"eval" not in script()
