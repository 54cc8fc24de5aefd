"""The server: what a browser gets, whole, in part, packed, or not again; and how it begins and ends."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from vrgen.errors import InputProblem, UsageProblem
from vrgen.view.web.content import ROOM, Shelf, content_of
from vrgen.view.web.guard import Guard
from vrgen.view.web.ranges import matches, part_of, takes_gzip
from vrgen.view.web.server import Server, listen
from vrgen.view.web.site import Part

pytestmark = pytest.mark.usefixtures("no_loop")


def test_the_scene_reaches_the_browser_as_it_is(running, show_file):
    answer = running.ask("/show.glb")
    assert answer.status == 200
    assert answer.body == show_file.read_bytes()
    assert answer["Content-Type"] == "model/gltf-binary"
    assert answer["Accept-Ranges"] == "bytes"
    assert int(answer["Content-Length"]) == len(answer.body)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
        ("page/main.js", "text/javascript; charset=utf-8"),
        ("page/style.css", "text/css; charset=utf-8"),
        ("page/decoders/basis.wasm", "application/wasm"),
        ("show.json", "application/json; charset=utf-8"),
        ("catalogue.html", "text/html; charset=utf-8"),
        ("catalogue.css", "text/css; charset=utf-8"),
        ("thumbnails/001.jpg", "image/jpeg"),
        ("pictures/002.jpg", "image/jpeg"),
        ("works/001.glb", "model/gltf-binary"),
    ],
)
def test_every_file_of_the_site_has_its_kind(running, name, kind):
    answer = running.ask(f"/{name}")
    assert (answer.status, answer["Content-Type"]) == (200, kind)
    head = running.ask(f"/{name}", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head["Content-Length"] == answer["Content-Length"]
    assert head["ETag"] == answer["ETag"]


def test_a_name_that_is_none(running):
    assert running.ask("/nothing.js").status == 404
    assert running.ask("/page").status == 404
    assert running.ask("/page/").status == 404


@pytest.mark.parametrize(
    ("asked", "first", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=0-0", 0, 1),
        ("bytes=10-99999999999999999999", 10, None),
        ("bytes=-99999999999999999999", 0, None),
        ("bytes= 5 - 9 ", 5, 10),
    ],
)
def test_a_part_is_a_part(running, show_file, asked, first, stop):
    data = show_file.read_bytes()
    answer = running.ask("/show.glb", Range=asked)
    assert answer.status == 206
    assert answer.body == data[first:stop]
    begin = len(data) + first if first < 0 else first
    assert answer["Content-Range"] == f"bytes {begin}-{begin + len(answer.body) - 1}/{len(data)}"


@pytest.mark.parametrize(
    "asked", ["bytes={size}-", "bytes={size}-{size}", "bytes=99999999999999999999-", "bytes=-0"]
)
def test_beyond_the_end_is_416(running, show_file, asked):
    size = show_file.stat().st_size
    answer = running.ask("/show.glb", Range=asked.format(size=size))
    assert (answer.status, answer["Content-Range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=9-3",
        "bytes=-",
        "bytes=a-b",
        "lines=0-1",
        "0-5",
        "bytes=--5",
        "bytes=\u0661-\u0662",
    ],
)
def test_what_is_no_single_range_gets_the_whole(running, show_file, asked):
    answer = running.ask("/show.glb", Range=asked.encode("utf-8").decode("latin-1"))
    assert (answer.status, len(answer.body)) == (200, show_file.stat().st_size)


def test_a_part_of_another_version_is_not_given(running, show_file):
    etag = running.ask("/show.glb")["ETag"]
    assert running.ask("/show.glb", Range="bytes=0-9", If_Range=etag).status == 206
    assert running.ask("/show.glb", Range="bytes=0-9", If_Range='"other"').status == 200
    assert running.ask("/show.glb", Range="bytes=0-9", If_Range=f"W/{etag}").status == 200
    assert running.ask("/show.glb", "HEAD", Range="bytes=0-9").status == 200


def test_what_is_known_is_not_sent_again(running):
    for name in ("/show.glb", "/show.json", "/page/main.js", "/"):
        first = running.ask(name)
        again = running.ask(name, If_None_Match=first["ETag"])
        assert (again.status, again.body) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert running.ask(name, If_None_Match=f'"x", W/{first["ETag"]}').status == 304
        assert running.ask(name, If_None_Match="*").status == 304
        assert running.ask(name, If_None_Match='"x"').status == 200


def test_text_is_packed_for_those_who_unpack(running):
    plain = running.ask("/page/main.js")
    packed = running.ask("/page/main.js", Accept_Encoding="br, gzip;q=0.8")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 5
    assert packed["ETag"] != plain["ETag"] and packed["Vary"] == plain["Vary"] == "Accept-Encoding"
    assert running.ask("/page/main.js", Accept_Encoding="gzip", If_None_Match=packed["ETag"]).status == 304
    assert running.ask("/page/main.js", Accept_Encoding="gzip;q=0")["Content-Encoding"] == ""
    assert running.ask("/show.glb", Accept_Encoding="gzip")["Content-Encoding"] == ""
    assert running.ask("/page/decoders/basis.wasm", Accept_Encoding="gzip")["Content-Encoding"] == "gzip"


def test_only_names_with_a_hash_are_kept_for_ever(running):
    assert "immutable" in running.ask("/page/chunk-ABCD2345.js")["Cache-Control"]
    for name in ("/", "/page/main.js", "/show.glb", "/show.json", "/catalogue.html", "/thumbnails/001.jpg"):
        assert running.ask(name)["Cache-Control"] == "private, no-cache"


def test_ranges_by_themselves():
    assert part_of(None, 10) == "none"
    assert part_of("bytes=0-", 0) == "beyond"
    assert part_of("bytes=-5", 0) == "beyond"
    assert part_of("bytes=0000000000000000000000-1", 10) == (0, 2)
    assert part_of("bytes=3-100", 10) == (3, 10)


def test_validators_by_themselves():
    assert not matches(None, '"a"')
    assert matches('"b" , "a"', '"a"')
    assert takes_gzip("gzip") and takes_gzip("*") and takes_gzip("br;q=1, GZIP;q=0.5")
    assert not takes_gzip(None) and not takes_gzip("br") and not takes_gzip("gzip;q=0.000")


def test_a_file_that_cannot_be_made_leaves_the_others(make_site, start, show_file, web):
    site = make_site(show_file)

    def broken() -> bytes:
        raise InputProblem("style.css: is gone; build the page again")

    def wrong() -> bytes:
        raise ZeroDivisionError("secret")

    site.parts["page/style.css"] = Part(broken)
    site.parts["page/main.js"] = Part(wrong)
    with start(lambda port: Server(site, Guard(web.names, port), web.Heard())) as running:
        assert running.ask("/page/style.css").status == 500
        answer = running.ask("/page/main.js")
        assert answer.status == 500 and b"secret" not in answer.body
        assert running.ask("/show.glb").status == 200
        assert any("is gone" in note for note in running.heard.notes)
        assert any("ZeroDivisionError" in note for note in running.heard.notes)


def test_what_is_large_is_not_kept_for_ever(make_site, show_file, monkeypatch):
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    site = make_site(show_file)
    made = []

    def work() -> bytes:
        made.append(1)
        return bytes(1000)

    site.parts.update({f"works/{n}.glb": Part(work) for n in range(9)})
    monkeypatch.setattr("vrgen.view.web.content.ROOM", 3500)
    assert ROOM > 2**20

    async def ask() -> None:
        with ThreadPoolExecutor(1) as pool:
            shelf = Shelf(site, pool)
            for n in (0, 1, 2, 0, 3, 0, 1):
                found = await shelf.get(f"works/{n}.glb")
                assert found is not None and len(found.body) == 1000
            assert await shelf.get("nothing") is None

    asyncio.run(ask())
    assert len(made) == 5  # 0, 1, 2, then 3 in the place of 1, then 1 again


def test_small_text_is_not_packed():
    assert content_of("a.css", b"a{}").packed is None
    assert content_of("a.glb", bytes(5000)).packed is None
    noise = os.urandom(4000)
    assert content_of("a.wasm", noise).packed is None


def test_a_port_that_is_taken(running):
    with pytest.raises(UsageProblem, match=rf"port {running.port} of 127.0.0.1 is taken.*--port 0"):
        listen("127.0.0.1", running.port)


@pytest.mark.parametrize("host", ["203.0.113.77", "no.such.host.invalid"])
def test_an_address_that_is_not_ours(host):
    with pytest.raises(UsageProblem, match=r"no address of this machine; use 127\.0\.0\.1"):
        listen(host, 0)


def test_loopback_is_loopback():
    """Nothing listens on the other addresses of this machine."""
    listening = listen("127.0.0.1", 0)
    try:
        assert listening.getsockname()[0] == "127.0.0.1"
    finally:
        listening.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", listening.getsockname()[1]), timeout=1)


RUN = """
import sys
from pathlib import Path
from vrgen.gltf import read, write
from vrgen.view.options import ViewOptions
from vrgen.view.web.serve import serve
from vrgen.view.web.show import Ports
serve(Path(sys.argv[1]), ViewOptions(web=True, port=0), Ports(read, write), page=Path(sys.argv[2]))
print("returned")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly_and_the_address_is_said(show_file, page, number):
    """A process of its own: the address in the terminal works, hostile requests leave no traceback there, the
    signal ends it, and whoever called goes on."""
    import urllib.request

    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(show_file), str(page)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"the gallery is at (http://localhost:(\d+)/\?token=\S+)", line)
        assert found, line
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(found[1], timeout=10) as answer:
            assert answer.url == f"http://localhost:{found[2]}/"
            assert b"<p>page</p>" in answer.read()
        with socket.create_connection(("127.0.0.1", int(found[2])), timeout=5) as line_in:
            line_in.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n")
            line_in.recv(100)
        began = time.monotonic()
        process.send_signal(number)
        process.wait(timeout=15)
        assert time.monotonic() - began < 5
        # Not `communicate`: it would pass over what readline has taken into its buffer already.
        assert process.stdout is not None
        out, rest = process.stdout.read(), process.stderr.read()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, rest
    assert out.strip() == "returned"
    assert "the page is closed" in rest and "Traceback" not in rest
    assert "adb reverse" in rest


def test_show_json_is_json(running):
    said = json.loads(running.ask("/show.json").body)
    assert said["live"] is True
    assert said["title"] == "Small & <light>"
