"""Catalogue: a page with every work and its words, for those who read rather than walk. No script in it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vrgen.view.web.pictures import LARGE, SMALL

WIDE = 1.7
"""Width / height from which a picture takes the whole page."""
CONTENTS_FROM = 4
"""Works from which on the page begins with a table of contents."""


def stylesheet() -> bytes:
    """catalogue.css, for the catalogue and the page for phones."""
    return Path(__file__).with_name("catalogue.css").read_bytes()


def catalogue(said: Mapping[str, Any], *, phone: bool, policy: str = "") -> bytes:
    """The HTML of catalogue.html for the value of show.json.

    `phone` offers the page for phones' own AR viewers; `policy` becomes a <meta>, for hosts that send no
    Content-Security-Policy.
    """
    works = said["works"]
    body = [
        '<a class="skip" href="#works">Skip to the works</a>',
        "<header>",
        '<p class="kicker">Catalogue</p>',
        f"<h1>{escape(said['title'])}</h1>",
        f'<p class="count">{count(len(works))}</p>',
        '<nav aria-label="Gallery"><a class="enter" href="index.html">Walk through the gallery</a>',
        '<a href="ar.html">On your own wall</a>' if phone and works else "",
        "</nav>",
        "</header>",
        _contents(works) if len(works) >= CONTENTS_FROM else "",
        '<main id="works">',
        '<ol class="works">' if works else '<p class="empty">There are no works in this scene.</p>',
        *(_entry(work, number) for number, work in enumerate(works, 1)),
        "</ol>" if works else "",
        "</main>",
        f"<footer><p>{escape(said['generator'])}</p></footer>",
    ]
    return document(f"Catalogue: {said['title']}", body, policy=policy)


def document(title: str, body: list[str], *, policy: str = "", script: str = "") -> bytes:
    """A whole HTML page in our dress; `script` is the address of one, there is none inside."""
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">' if policy else "",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        '<link rel="icon" href="data:,">',
        '<link rel="stylesheet" href="catalogue.css">',
        f'<script src="{script}" defer></script>' if script else "",
    ]
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        *head,
        "</head>",
        "<body>",
        *body,
        "</body>",
        "</html>",
    ]
    return "\n".join([line for line in lines if line] + [""]).encode()


def count(number: int) -> str:
    """`One work`, `9 works`."""
    return {0: "No works", 1: "One work"}.get(number, f"{number} works")


def room_link(work: Mapping[str, Any]) -> str:
    """Where the gallery opens before that work."""
    return f"index.html#work={quote(work['node'], safe='')}"


def measures(work: Mapping[str, Any]) -> str:
    """`180 × 60 cm`: width by height, and depth where there is one."""
    return " × ".join(f"{side:g}" for side in work["size_cm"]) + " cm" if work["size_cm"] else ""


def who(work: Mapping[str, Any]) -> str:
    """Artist and year, as far as they are known."""
    return ", ".join(part for part in (work["artist"], work["year"]) if part)


def alternative(work: Mapping[str, Any]) -> str:
    """What is said instead of the picture."""
    return work["alt"] or f"{work['title']}{', by ' + work['artist'] if work['artist'] else ''}"


def image(work: Mapping[str, Any], *, sizes: str, eager: bool = False) -> str:
    """The <img> of a work in both sizes, with its shape known before it is loaded."""
    width = min(LARGE, round(LARGE * work["aspect"]))
    height = min(LARGE, round(LARGE / work["aspect"]))
    small = min(SMALL, round(SMALL * work["aspect"]))
    loading = "" if eager else ' loading="lazy"'
    return (
        f'<img src="{work["thumbnail"]}" srcset="{work["thumbnail"]} {small}w, {work["picture"]} {width}w" '
        f'sizes="{sizes}" width="{width}" height="{height}"{loading} decoding="async" '
        f'alt="{escape(alternative(work))}">'
    )


def _contents(works: list[Mapping[str, Any]]) -> str:
    entries = [
        f'<li><a href="#work-{number:03d}">{escape(work["title"])}</a></li>'
        for number, work in enumerate(works, 1)
    ]
    return "\n".join(['<nav class="contents" aria-label="Works">', "<ol>", *entries, "</ol>", "</nav>"])


def _entry(work: Mapping[str, Any], number: int) -> str:
    wide = work["aspect"] >= WIDE
    tall = not wide and work["aspect"] < 0.9
    shape = "wide" if wide else "tall" if tall else "square"
    sizes = "(min-width: 60rem) 56rem, 92vw" if wide else "(min-width: 60rem) 34rem, 92vw"
    name = f"{number:03d}"
    lines = [
        f'<li class="{shape}"><article id="work-{name}" aria-labelledby="title-{name}">',
        f'<figure><a href="{room_link(work)}" tabindex="-1">{image(work, sizes=sizes, eager=number < 3)}</a>'
        "</figure>",
        '<div class="words">',
        f'<p class="number" aria-hidden="true">{number}</p>',
        f'<h2 id="title-{name}">{escape(work["title"])}</h2>',
        f'<p class="who">{escape(who(work))}</p>' if who(work) else "",
        f'<p class="size">{measures(work)}</p>' if measures(work) else "",
        f'<p class="text">{escape(work["text"])}</p>' if work["text"] else "",
        f'<p class="see"><a href="{room_link(work)}">See it in the room'
        f'<span class="unseen">: {escape(work["title"])}</span></a></p>',
        "</div>",
        "</article></li>",
    ]
    return "\n".join(line for line in lines if line)
