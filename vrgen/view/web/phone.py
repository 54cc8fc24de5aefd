"""Phone: a page that hands single works to a phone's own AR viewer, for phones without WebXR."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from vrgen.view.web.catalogue import document, image, measures, room_link, who


def script() -> bytes:
    """ar.js: gives Android's links their full address, which is known only where the page is hosted."""
    return Path(__file__).with_name("ar.js").read_bytes()


def phone_page(said: Mapping[str, Any], *, policy: str = "") -> bytes:
    """The HTML of ar.html for the value of show.json: each work with a link to it as a file of its own.

    On Android the link opens Scene Viewer. iPhones want USDZ files, which vrgen does not write: it says so.
    """
    works = [(number, work) for number, work in enumerate(said["works"], 1) if work["image"]]
    body = [
        '<a class="skip" href="#works">Skip to the works</a>',
        "<header>",
        '<p class="kicker">On your own wall</p>',
        f"<h1>{escape(said['title'])}</h1>",
        '<nav aria-label="Gallery"><a class="enter" href="index.html">Walk through the gallery</a>',
        '<a href="catalogue.html">Catalogue</a></nav>',
        "</header>",
        '<section class="note" aria-label="Which phones">',
        "<p><strong>Android:</strong> a work opens in the phone's own viewer and stands in your room at its "
        "true size. The page has to be hosted under https for that.</p>",
        "<p><strong>Headsets, and phones whose browser knows WebXR:</strong> "
        '<a href="index.html">the gallery itself</a> places works too.</p>',
        "<p><strong>iPhone and iPad:</strong> their viewer takes only USDZ files, and there are none here. "
        'See the works in <a href="catalogue.html">the catalogue</a>.</p>',
        "</section>",
        '<main id="works">',
        '<ol class="works">' if works else '<p class="empty">No work can be shown by itself.</p>',
        *(_entry(work, number) for number, work in works),
        "</ol>" if works else "",
        "</main>",
        f"<footer><p>{escape(said['generator'])}</p></footer>",
    ]
    return document(f"On your own wall: {said['title']}", body, policy=policy, script="ar.js")


def _entry(work: Mapping[str, Any], number: int) -> str:
    name, upright = f"{number:03d}", len(work["size_cm"]) == 2
    shape = "tall" if work["aspect"] < 0.9 else "square"
    picture = image(work, sizes="(min-width: 48rem) 34rem, 92vw", eager=number < 3)
    lines = [
        f'<li class="{shape}"><article id="work-{name}" aria-labelledby="title-{name}">',
        f"<figure>{picture}</figure>",
        '<div class="words">',
        f'<h2 id="title-{name}">{escape(work["title"])}</h2>',
        f'<p class="who">{escape(who(work))}</p>' if who(work) else "",
        f'<p class="size">{measures(work)}</p>' if measures(work) else "",
        f'<p class="see"><a class="place" href="{work["image"]}" data-title="{escape(work["title"])}" '
        f'data-place="{"wall" if upright else "floor"}">Place it in your room'
        f'<span class="unseen">: {escape(work["title"])}</span></a></p>',
        f'<p class="see"><a href="{room_link(work)}">See it in the gallery'
        f'<span class="unseen">: {escape(work["title"])}</span></a></p>',
        "</div>",
        "</article></li>",
    ]
    return "\n".join(line for line in lines if line)
