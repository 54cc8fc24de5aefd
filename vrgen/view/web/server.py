"""Server: the page, the scene and what belongs to it, over HTTP, for those whom the guard lets in."""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import escape

from aiohttp import WSCloseCode, web

from vrgen.core.progress import Progress
from vrgen.errors import UsageProblem, VrgenError
from vrgen.view.web.content import Content, Shelf
from vrgen.view.web.guard import Guard, Refused, path_of
from vrgen.view.web.policy import headers as policy_headers
from vrgen.view.web.ranges import matches, part_of, takes_gzip
from vrgen.view.web.site import Site

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGEST_HEADER = 8190
"""Bytes of a request's line, and of one of its headers."""
PIECE = 2**18
"""Bytes that are handed to a connection at once."""
FOR_EVER = re.compile(r"-[A-Z0-9]{8}\.\w+$")
"""Names with the hash of their content in them, as esbuild makes them."""
MOST_SOCKETS = 64
"""Live connections at a time."""
HEARTBEAT = 20.0
"""Seconds between two signs of life of a live connection."""


class Server:
    """One site on one address. `start`, then `replace` as often as the file changes, then `stop`."""

    def __init__(
        self, site: Site, guard: Guard, progress: Progress, *, context: ssl.SSLContext | None = None
    ) -> None:
        self.guard = guard
        self._progress = progress
        self._context = context
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="vrgen-site")
        self._shelf = Shelf(site, self._pool)
        self._revision = 1
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, listening: socket.socket) -> None:
        """Answer on a socket that is bound already."""
        app = web.Application(middlewares=[self._guarded], client_max_size=1)
        app.on_response_prepare.append(self._dress)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_silence(),
            handle_signals=False,
            shutdown_timeout=2.0,
            max_line_size=LARGEST_HEADER,
            max_field_size=LARGEST_HEADER,
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening, ssl_context=self._context).start()

    async def stop(self) -> None:
        """Say goodbye to the pages, close everything."""
        for live in set(self._sockets):
            await live.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends")
        if self._runner is not None:
            await self._runner.cleanup()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def replace(self, site: Site) -> None:
        """Serve another site from now on, and tell the pages: their `reload` says that the scene alone will
        not do, because the policy is another."""
        other = site.needs != self._shelf.site.needs
        self._shelf = Shelf(site, self._pool)
        self._revision = int(site.said["revision"])
        message = {"type": "changed", "version": self._revision, "reload": other}
        await asyncio.gather(
            *(live.send_json(message) for live in set(self._sockets)), return_exceptions=True
        )

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in, turn a token into a cookie, or refuse."""
        given: dict[str, list[str]] = {}
        for name, value in request.headers.items():
            given.setdefault(name.lower(), []).append(value)
        try:
            target = request.raw_path
            name = path_of(target)
            self.guard.check(request.method, given)
            token = self.guard.token_in(target)
            if token is not None:
                return self._welcome(token, name)
            self.guard.admit(given.get("cookie", []))
            if name == "live":
                self.guard.check_socket(given)
            return await handler(request)
        except Refused as refused:
            return _sentence(refused.status, refused.sentence)
        except VrgenError as problem:  # a file that cannot be made: the others still can
            self._progress.note(f"{request.path}: {problem}")
            return _sentence(500, str(problem))
        except (ConnectionError, web.HTTPException):
            raise
        except Exception as problem:  # a bug of ours: said in a line, and the server goes on
            self._progress.note(f"{request.path}: internal error ({type(problem).__name__}: {problem})")
            return _sentence(500, "something went wrong; the terminal says what")

    def _welcome(self, token: str, name: str) -> web.Response:
        """The token leaves the address at once: it would stay in the history and on shared screens."""
        if not self.guard.is_token(token):
            raise Refused(403, "the token is not the one of this run; open the address in the terminal")
        from urllib.parse import quote

        return web.Response(
            status=303,
            headers={
                "Location": "/" + quote(name),
                "Set-Cookie": self.guard.set_cookie(),
                "Cache-Control": "no-store",
            },
        )

    async def _dress(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(policy_headers(self._shelf.site.needs))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = path_of(request.raw_path)
        if name == "live":
            return await self._live(request)
        content = await self._shelf.get(name or "index.html")
        if content is None:
            return _sentence(404, "there is no such file in this page")
        return await _send(request, content, name)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Keep a page informed until it leaves. What it says is not listened to."""
        live = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=1024, compress=False)
        if not live.can_prepare(request).ok:
            return _sentence(426, "this address is a websocket")
        if len(self._sockets) >= MOST_SOCKETS:
            return _sentence(503, f"{MOST_SOCKETS} pages are connected already; close some")
        await live.prepare(request)
        self._sockets.add(live)
        try:
            await live.send_json({"type": "hello", "version": self._revision})
            async for _ in live:
                pass
        except ConnectionError:
            pass
        finally:
            self._sockets.discard(live)
        return live


def _silence() -> logging.Logger:
    """For aiohttp, which logs a traceback for every malformed request that somebody sends."""
    logger = logging.getLogger("vrgen.view.web")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger


def _sentence(status: int, text: str) -> web.Response:
    """A page of one sentence, without anything of the request in it."""
    said = escape(text[:1].upper() + text[1:])
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>vrgen</title><p>{said}.</p></html>'
    )
    headers = {"Cache-Control": "no-store"} | ({"Allow": "GET, HEAD"} if status == 405 else {})
    return web.Response(status=status, text=body, content_type="text/html", headers=headers)


async def _send(request: web.Request, content: Content, name: str) -> web.StreamResponse:
    """All of it, a part of it, its gzip, or the word that it has not changed."""
    asked = request.headers
    packed = content.packed if takes_gzip(asked.get("Accept-Encoding")) else None
    etag = content.etag if packed is None else content.packed_etag
    keeping = "max-age=31536000, immutable" if FOR_EVER.search(name) else "no-cache"
    headers = {"ETag": etag, "Cache-Control": f"private, {keeping}", "Content-Type": content.kind}
    if content.packed is None:
        headers["Accept-Ranges"] = "bytes"
    else:
        headers["Vary"] = "Accept-Encoding"
    if matches(asked.get("If-None-Match"), etag):
        return web.Response(status=304, headers=headers)
    body = memoryview(content.body if packed is None else packed)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
        return await _stream(request, body, 200, headers)
    current = "If-Range" not in asked or asked["If-Range"].strip() == etag
    wanted = part_of(asked.get("Range") if current and request.method == "GET" else None, len(body))
    if wanted == "beyond":
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{len(body)}"})
    if wanted == "none":
        return await _stream(request, body, 200, headers)
    first, stop = wanted
    headers["Content-Range"] = f"bytes {first}-{stop - 1}/{len(body)}"
    return await _stream(request, body[first:stop], 206, headers)


async def _stream(
    request: web.Request, body: memoryview, status: int, headers: dict[str, str]
) -> web.StreamResponse:
    """In pieces, so that a large file does not hold up the others."""
    response = web.StreamResponse(status=status, headers={**headers, "Content-Length": str(len(body))})
    await response.prepare(request)
    if request.method != "HEAD":
        for start in range(0, len(body), PIECE):
            await response.write(bytes(body[start : start + PIECE]))
    await response.write_eof()
    return response


@contextmanager
def _translated(host: str, port: int) -> Iterator[None]:
    """What the system says about addresses, in our words."""
    try:
        yield
    except socket.gaierror as problem:
        raise UsageProblem(
            f"host: got {host!r}, which is no address of this machine; "
            "use 127.0.0.1, or 0.0.0.0 for all of them"
        ) from problem
    except OSError as problem:
        sentences = {
            errno.EADDRINUSE: f"port {port} of {host} is taken by another program; choose another with "
            "--port, or --port 0 for any that is free",
            errno.EACCES: f"port {port} is only for the system; choose one from 1024 on with --port",
            errno.EADDRNOTAVAIL: f"host: got {host!r}, which is no address of this machine; "
            "use 127.0.0.1, or 0.0.0.0 for all of them",
        }
        said = sentences.get(problem.errno or 0, f"cannot listen on {host}, port {port}: {problem.strerror}")
        raise UsageProblem(said) from problem


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to that address, listening; port 0 takes any. Raises UsageProblem."""
    with _translated(host, port):
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(128)
        except OSError:
            listening.close()
            raise
        listening.setblocking(False)
        return listening
