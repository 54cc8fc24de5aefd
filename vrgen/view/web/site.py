"""Site: every file of the page by its relative name, made when somebody asks for it.

The same names are served and exported. What is not in the list does not exist: no name leads to a file
system.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from vrgen.core.exhibits import Exhibit
from vrgen.core.image import Image
from vrgen.core.progress import SILENT, Progress
from vrgen.errors import MissingPart, OutputProblem
from vrgen.view.web.bundle import bundle, read_inside
from vrgen.view.web.catalogue import catalogue, stylesheet
from vrgen.view.web.document import Needs
from vrgen.view.web.manifest import manifest
from vrgen.view.web.phone import phone_page, script
from vrgen.view.web.pictures import LARGE, SMALL, jpeg, own_images, photograph, placeholder
from vrgen.view.web.policy import content_policy
from vrgen.view.web.show import Ports, Show
from vrgen.view.web.single import single
from vrgen.view.web.surroundings import radiance_file, surroundings

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".glb": "model/gltf-binary",
    ".hdr": "image/vnd.radiance",
}
"""Media types by the name's ending; anything else is application/octet-stream."""


def kind_of(name: str) -> str:
    """The media type of a file of that name."""
    return KINDS.get(Path(name).suffix.lower(), "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the site."""

    make: Callable[[], bytes]
    """Its bytes. Raises a VrgenError."""
    drawn: bool = False
    """Whether making it takes OpenGL, which belongs to the thread that the site was made in."""
    small: bool = False
    """Whether it is kept once made."""


@dataclass(frozen=True, eq=False, slots=True)
class Site:
    """The files of one show."""

    parts: dict[str, Part]
    """By relative name."""
    needs: Needs
    """Decoders that the policy has to allow."""
    said: dict[str, Any]
    """The value of show.json."""
    digest: str
    """SHA-256 hex of show.glb."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What kind of site is made."""

    live: bool = True
    """Served by us: the page is told when the file changes."""
    singles: bool = True
    """Offer each work as a GLB of its own."""
    page: Path | None = None
    """Folder of the built page; none takes the one that came with vrgen."""
    revision: int = 1
    """Counts the changes of the file."""


def site_of(show: Show, ports: Ports, options: SiteOptions, progress: Progress = SILENT) -> Site:
    """Every file of the show's page. Raises MissingPart where the page was not built."""
    around = surroundings(show.scene)
    said = manifest(show, around, live=options.live, revision=options.revision, singles=options.singles)
    policy = "" if options.live else content_policy(show.document.needs, header=False)
    parts = _page(options.page, policy)
    parts |= {
        "show.glb": Part(lambda: show.glb),
        "show.json": Part(partial(_json, said), small=True),
        "catalogue.html": Part(partial(catalogue, said, phone=not options.live, policy=policy), small=True),
        "catalogue.css": Part(stylesheet, small=True),
    }
    if not options.live:
        parts |= {
            "ar.html": Part(partial(phone_page, said, policy=policy), small=True),
            "ar.js": Part(script, small=True),
        }
    for name, radiance in (("environment", around.environment), ("background", around.background)):
        if radiance is not None:
            parts[f"{name}.hdr"] = Part(partial(radiance_file, radiance), small=True)
    parts |= _works(show, said, ports, progress)
    from hashlib import sha256

    return Site(parts, show.document.needs, said, sha256(show.glb).hexdigest())


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, allow_nan=False, indent=1).encode()


def _page(folder: Path | None, policy: str) -> dict[str, Part]:
    """The bundle; where no server sends the policy, index.html carries it."""
    files = bundle(folder)
    root = files["index.html"].parent
    parts = {
        name: Part(partial(read_inside, path, root), small=True)
        for name, path in files.items()
        if not name.endswith(".map")
    }
    if policy:
        parts["index.html"] = Part(lambda: with_policy(read_inside(files["index.html"], root), policy))
    return parts


def with_policy(html: bytes, policy: str) -> bytes:
    """A page with the policy as the first thing in its head. Raises OutputProblem for one without a head."""
    text = html.decode("utf-8", "replace")
    if 'http-equiv="Content-Security-Policy"' in text:
        return html
    head, tag, rest = text.partition("<head>")
    if not tag:
        raise OutputProblem("index.html of the page has no <head>, expected one; build the page again")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return f"{head}{tag}\n{meta}{rest}".encode()


def _works(show: Show, said: dict[str, Any], ports: Ports, progress: Progress) -> dict[str, Part]:
    own = own_images(show.scene, show.exhibits)
    photos = Photos(show, tuple(e for e in show.exhibits if e.node not in own), progress)
    parts = {}
    for exhibit, work in zip(show.exhibits, said["works"], strict=True):
        image = own.get(exhibit.node)
        take = partial(photos.of, exhibit) if image is None else partial(_same, image)
        for address, side in ((work["thumbnail"], SMALL), (work["picture"], LARGE)):
            parts[address] = Part(partial(_picture, take, side), drawn=image is None, small=True)
        if work["image"]:
            parts[work["image"]] = Part(partial(_single, show, exhibit, ports))
    return parts


def _same(image: Image) -> Image:
    return image


def _picture(take: Callable[[], Image], side: int) -> bytes:
    return jpeg(take(), side)


def _single(show: Show, exhibit: Exhibit, ports: Ports) -> bytes:
    alone = single(show.scene, exhibit.node)
    if alone is None:
        raise OutputProblem(f"{exhibit.node} holds no mesh, expected one; show the whole gallery instead")
    return ports.packed(alone)


class Photos:
    """Photographs of the works that are no pictures, all taken when the first is asked for."""

    def __init__(self, show: Show, wanted: tuple[Exhibit, ...], progress: Progress) -> None:
        self._show = show
        self._wanted = wanted
        self._progress = progress
        self._taken: dict[str, Image] | None = None

    def of(self, exhibit: Exhibit) -> Image:
        """The photograph of a work; its words on a sheet where nothing can be drawn."""
        if self._taken is None:
            self._taken = {} if self._show.boxes else self._take()
        taken = self._taken.get(exhibit.node)
        return placeholder(exhibit) if taken is None else taken

    def _take(self) -> dict[str, Image]:
        wanted = [exhibit for exhibit in self._wanted if exhibit.low is not None]
        try:
            return photograph(self._show.scene, wanted)
        except MissingPart as problem:
            self._progress.note(f"works that are no pictures are shown by their words: {problem}")
            return {}
