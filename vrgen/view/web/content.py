"""Content: the bytes of a site's files as they were asked for, kept while there is room."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

from vrgen.view.web.site import Part, Site, kind_of

ROOM = 256 * 2**20
"""Bytes that are kept in all."""
PACKABLE = ("text/", "application/json", "application/wasm", "image/svg")
"""Beginnings of media types that gzip makes smaller."""
WORTH = 1024
"""Bytes from which on packing pays."""


@dataclass(frozen=True, eq=False, slots=True)
class Content:
    """One file, ready to be sent."""

    body: bytes
    """As it is."""
    kind: str
    """Media type."""
    digest: str
    """SHA-256 hex of the body."""
    packed: bytes | None = None
    """Its gzip, where that pays."""

    @property
    def etag(self) -> str:
        """A strong validator of the body as it is."""
        return f'"{self.digest[:32]}"'

    @property
    def packed_etag(self) -> str:
        """A strong validator of the packed body, which is another sequence of bytes."""
        return f'"{self.digest[:32]}-gz"'


class Shelf:
    """The contents of one site. `get` makes what is not there yet, one at a time."""

    def __init__(self, site: Site, pool: ThreadPoolExecutor) -> None:
        self.site = site
        self._pool = pool
        self._kept: OrderedDict[str, Content] = OrderedDict()
        self._making = asyncio.Lock()

    async def get(self, name: str) -> Content | None:
        """The file of that name; None when there is none. Raises what making it raises."""
        part = self.site.parts.get(name)
        if part is None:
            return None
        if name not in self._kept:
            async with self._making:
                if name not in self._kept:
                    self._keep(name, await self._make(name, part))
        self._kept.move_to_end(name)
        return self._kept[name]

    async def _make(self, name: str, part: Part) -> Content:
        if part.drawn:  # OpenGL stays in the thread that runs the server
            return content_of(name, part.make())
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: content_of(name, part.make()))

    def _keep(self, name: str, content: Content) -> None:
        self._kept[name] = content
        held = sum(len(kept.body) for kept in self._kept.values())
        for other in list(self._kept):
            if held <= ROOM:
                break
            if other not in (name, "show.glb") and not self.site.parts[other].small:
                held -= len(self._kept.pop(other).body)


def content_of(name: str, body: bytes) -> Content:
    """A file's bytes with all that is sent besides."""
    kind = kind_of(name)
    packed = None
    if kind.startswith(PACKABLE) and len(body) >= WORTH:
        packed = gzip.compress(body, 9, mtime=0)
        packed = packed if len(packed) < 0.9 * len(body) else None
    return Content(body, kind, sha256(body).hexdigest(), packed)
