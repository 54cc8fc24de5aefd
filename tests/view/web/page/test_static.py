"""The exported site on a plain server, below a path of its own: the page runs there as it does on ours."""

from __future__ import annotations

import http.server
import threading
from functools import partial
from types import SimpleNamespace

import pytest

from vrgen.view.web.export import ExportWebOptions, export_site


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing on the terminal."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def hosted(two_rooms, built, web, tmp_path_factory):
    """A host with the site in one of its folders; looks like a server of ours to `visit`."""
    root = tmp_path_factory.mktemp("host")
    export_site(two_rooms, root / "art" / "site", ExportWebOptions(), web.ports, page=built)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        guard = SimpleNamespace(token="none")
        yield SimpleNamespace(port=server.server_address[1], server=SimpleNamespace(guard=guard))
        server.shutdown()
        thread.join(10)


def test_the_room_opens_and_leads_to_works(visit, hosted):
    visitor = visit(server=hosted, path="art/site/index.html")
    visitor.until("document.documentElement.dataset.state === 'ready'")
    visitor.press("3")
    visitor.still()
    assert visitor.page.inner_text("#plaque-title") == "Moss"
    assert not [url for url in visitor.asked if url.endswith("/live")], "nobody there to tell of changes"
    visitor.press("l")
    visitor.until("document.querySelector('#list img').complete")
    assert visitor.ask("document.querySelector('#list img').naturalWidth") > 0


def test_catalogue_and_phone_page_hold_no_barrier(visit, hosted, axe, violations):
    for name in ("catalogue.html", "ar.html"):
        visitor = visit(1000, 700, server=hosted, path=f"art/site/{name}")
        assert violations(visitor.page, axe) == []


def test_the_catalogue_leads_back_to_a_work(visit, hosted):
    visitor = visit(server=hosted, path="art/site/catalogue.html")
    visitor.page.click("a[href='index.html#work=work_002']")
    visitor.until("document.documentElement.dataset.state === 'ready'")
    visitor.still()
    assert visitor.page.inner_text("#plaque-title") == "Tide"
