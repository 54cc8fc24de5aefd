"""Live reload: a file that changes reaches the pages that are open; one that is broken does not."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from vrgen.gltf import write
from vrgen.view.web.guard import Guard
from vrgen.view.web.reload import changes, stamp_of
from vrgen.view.web.serve import Source, watch
from vrgen.view.web.server import Server, listen

pytestmark = pytest.mark.usefixtures("no_loop")


class Watched:
    """A server that watches a file, a page that is connected, and what both say. All in one loop."""

    def __init__(self, file: Path, page: Path, web) -> None:
        self.file, self.page, self.web = file, page, web
        self.heard = web.Heard()

    async def __aenter__(self):
        import aiohttp

        source = Source(self.file, self.web.ports, self.page, self.heard)
        stamp, site = source.stamp, source.site(1)
        listening = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.server = Server(site, Guard(self.web.names, listening.getsockname()[1]), self.heard)
        await self.server.start(listening)
        self.watch = asyncio.ensure_future(watch(source, self.server, site, stamp))
        guard = self.server.guard
        self.browser = aiohttp.ClientSession(headers={"Cookie": f"{guard.cookie}={guard.token}"})
        self.live = await self.browser.ws_connect(f"{self.url}/live", origin=self.url)
        assert await self.told() == {"type": "hello", "version": 1}
        return self

    async def __aexit__(self, *problem) -> None:
        self.watch.cancel()
        await self.live.close()
        await self.browser.close()
        await self.server.stop()

    async def told(self, seconds: float = 15.0):
        return json.loads((await self.live.receive(seconds)).data)

    async def get(self, name: str) -> bytes:
        async with self.browser.get(f"{self.url}/{name}") as answer:
            assert answer.status == 200
            return await answer.read()


@pytest.fixture
def file(show_file, tmp_path) -> Path:
    return Path(shutil.copy(show_file, tmp_path / "show.glb"))


def test_a_new_file_is_shown(file, page, web):
    """Replaced as vrgen writes: by os.replace."""

    async def visit() -> None:
        async with Watched(file, page, web) as watched:
            before = await watched.get("show.glb")
            write(web.gallery(colour=(10, 200, 30)), file)
            assert await watched.told() == {"type": "changed", "version": 2, "reload": False}
            after = await watched.get("show.glb")
            assert after == file.read_bytes() != before
            assert json.loads(await watched.get("show.json"))["revision"] == 2
            write(web.gallery(colour=(10, 20, 230)), file)
            assert (await watched.told())["version"] == 3
            assert any("version 3" in note for note in watched.heard.notes)

    asyncio.run(visit())


def test_a_file_that_is_written_slowly_is_shown_once_it_is_whole(file, page, web, tmp_path):
    other = tmp_path / "other.glb"
    write(web.gallery(colour=(10, 200, 30)), other)
    data = other.read_bytes()

    async def visit() -> None:
        async with Watched(file, page, web) as watched:
            with file.open("wb") as out:
                for start in range(0, len(data), len(data) // 6 + 1):
                    out.write(data[start : start + len(data) // 6 + 1])
                    out.flush()
                    await asyncio.sleep(0.1)
            assert (await watched.told())["version"] == 2
            assert await watched.get("show.glb") == data
            assert not any("last good" in note for note in watched.heard.notes)

    asyncio.run(visit())


def test_a_broken_file_keeps_the_old_one_and_is_said(file, page, web):
    async def visit() -> None:
        async with Watched(file, page, web) as watched:
            before = await watched.get("show.glb")
            file.write_bytes(before[: len(before) // 2])
            with pytest.raises(asyncio.TimeoutError):
                await watched.told(2.0)
            assert await watched.get("show.glb") == before
            assert json.loads(await watched.get("show.json"))["revision"] == 1
            said = [note for note in watched.heard.notes if "last good" in note]
            assert len(said) == 1 and "show.glb" in said[0]

    asyncio.run(visit())


def test_after_a_broken_file_and_none_at_all_a_good_one_is_shown(file, page, web):
    async def visit() -> None:
        async with Watched(file, page, web) as watched:
            file.write_bytes(b"glTF nonsense")
            while not any("last good" in note for note in watched.heard.notes):
                await asyncio.sleep(0.05)
            file.unlink()
            await asyncio.sleep(0.6)
            write(web.gallery(colour=(10, 200, 30)), file)
            assert (await watched.told())["version"] == 2

    asyncio.run(visit())


def test_a_file_that_was_only_touched_says_nothing(file, page, web):
    async def visit() -> None:
        async with Watched(file, page, web) as watched:
            os.utime(file, ns=(1, 1))
            with pytest.raises(asyncio.TimeoutError):
                await watched.told(2.0)

    asyncio.run(visit())


def test_a_scene_that_needs_another_policy_loads_the_page_anew(make_site, show_file, page, web, start):
    """The page that is open runs under the old policy, which its browser keeps."""
    import dataclasses

    from vrgen.view.web.document import Needs

    site = make_site(show_file)
    sent = []

    class Page:
        async def send_json(self, message) -> None:
            sent.append(message)

        async def close(self, **why) -> None:
            pass

    with start(lambda port: Server(site, Guard(web.names, port), web.Heard())) as running:
        running.server._sockets.add(Page())
        running.run(running.server.replace(dataclasses.replace(site, needs=Needs(ktx2=True))))
        assert "'unsafe-eval'" in running.ask("/")["Content-Security-Policy"]
    assert sent[0]["reload"] is True


def test_pages_are_told_when_the_server_ends(file, page, web):
    async def visit() -> None:
        async with Watched(file, page, web) as watched:
            await watched.server.stop()
            message = await watched.live.receive(5)
            assert message.data == 1001  # going away

    asyncio.run(visit())


def test_a_page_that_says_much_is_not_listened_to(file, page, web):
    async def visit() -> None:
        async with Watched(file, page, web) as watched:
            await watched.live.send_str("x" * 100)
            await watched.live.send_str("x" * 5000)
            message = await watched.live.receive(5)
            assert message.data == 1009  # too big
            assert await watched.get("show.json")

    asyncio.run(visit())


def test_changes_wait_until_a_file_rests(tmp_path):
    path = tmp_path / "a"
    path.write_text("1")

    async def look() -> None:
        found = changes(path, stamp_of(path), look=0.02, settle=0.1)
        task = asyncio.ensure_future(anext(found))
        for text in ("12", "123", "1234"):
            await asyncio.sleep(0.06)
            path.write_text(text)
            assert not task.done()
        seen = await asyncio.wait_for(task, 5)
        assert seen.size == 4 and seen == stamp_of(path)
        task = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0.2)
        assert not task.done()
        task.cancel()

    asyncio.run(look())
    assert stamp_of(tmp_path / "none") is None
