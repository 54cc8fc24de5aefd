"""The page for phones in a real browser that says it is a phone's: the link that opens its AR viewer."""

from __future__ import annotations

import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from vrgen.view.web.export import ExportWebOptions, export_site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; type: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playing:
        chromium = playing.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, make_site, show_file, page, web, tmp_path):
    """Open ar.html of an exported site that is hosted below a path, as a browser of that name."""
    from dataclasses import replace

    scene = replace(web.gallery(), nodes=tuple(n for n in web.gallery().nodes if n.name != "work_003"))
    export_site(scene, tmp_path / "site", ExportWebOptions(), web.ports, page=page)
    contexts, said = [], []

    def serve(route) -> None:
        path = tmp_path / urlsplit(route.request.url).path.removeprefix("/shows/")
        kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".jpg": "image/jpeg"}
        route.fulfill(body=path.read_bytes(), content_type=kinds[path.suffix])

    def open_page(scheme: str, name: str | None):
        context = browser.new_context(user_agent=name)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda problem: said.append(str(problem)))
        tab.route("**/*", serve)
        tab.goto(f"{scheme}://art.example/shows/site/ar.html")
        return tab.eval_on_selector_all("a.place", "links => links.map(link => link.href)"), tab

    yield open_page
    for context in contexts:
        context.close()
    assert said == []  # the policy in the page allows all that the page does


def test_on_android_the_link_opens_the_viewer_with_the_work_at_its_size(visit):
    links, tab = visit("https", ANDROID)
    assert len(links) == 2
    assert links[0].startswith("intent://arvr.google.com/scene-viewer/1.0?")
    question, _, intent = links[0].partition("#Intent;")
    asked = {name: value[0] for name, value in parse_qs(urlsplit(question).query).items()}
    assert asked["file"] == "https://art.example/shows/site/works/001.glb"
    assert asked["resizable"] == "false" and asked["enable_vertical_placement"] == "true"
    assert asked["title"] == "One <b>bold</b>"
    assert "scheme=https" in intent and intent.endswith(";end;")
    assert "S.browser_fallback_url=https%3A%2F%2Fart.example%2Fshows%2Fsite%2Far.html%23work-001;" in intent
    shown = tab.eval_on_selector_all(
        "img", "all => all.map(image => image.naturalWidth > 0 || !image.complete)"
    )
    assert all(shown)


@pytest.mark.parametrize(("scheme", "name"), [("https", None), ("http", ANDROID)])
def test_elsewhere_the_link_is_the_file(visit, scheme, name):
    links, _ = visit(scheme, name)
    assert links[0] == f"{scheme}://art.example/shows/site/works/001.glb"
