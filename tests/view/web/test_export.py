"""The exported site: whole or not at all, and the same below any path of any plain server."""

from __future__ import annotations

import http.server
import json
import os
import re
import socketserver
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from vrgen.errors import InputProblem, MissingPart, OutputProblem
from vrgen.gltf import write
from vrgen.view.web import export as module
from vrgen.view.web.export import MARKER, ExportWebOptions, export_site


@pytest.fixture
def export(page, web):
    """Write a site."""

    def act(what, folder, **options):
        return export_site(what, folder, ExportWebOptions(**options), web.ports, page=page)

    return act


@pytest.fixture(scope="module")
def folder(gl_free_file, page, web, tmp_path_factory):
    """One export that the tests look at."""
    root = tmp_path_factory.mktemp("host")
    export_site(gl_free_file, root / "art" / "site", ExportWebOptions(), web.ports, page=page)
    return root


@pytest.fixture(scope="module")
def gl_free_file(web, tmp_path_factory) -> Path:
    """The gallery without its sculpture, so that nothing has to be drawn."""
    from dataclasses import replace

    path = tmp_path_factory.mktemp("flat") / "flat.glb"
    scene = web.gallery()
    write(replace(scene, nodes=tuple(node for node in scene.nodes if node.name != "work_003")), path)
    return path


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's own static server, without a line for every request."""

    def log_message(self, *said: object) -> None:
        pass


@contextmanager
def hosted(root: Path):
    """A plain static server of Python's own, as anybody might have."""
    handler = partial(Quiet, directory=str(root))
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_it_works_below_a_path_of_a_plain_server(folder, gl_free_file):
    """Every address that any file names is asked for, from where a browser would."""
    from urllib.parse import urljoin

    with hosted(folder) as host:
        base = f"{host}/art/site/"
        said = json.loads(urllib.request.urlopen(base + "show.json").read())
        assert said["live"] is False
        named = {said["glb"]["url"], said["catalogue"], "index.html", "ar.html"}
        named |= {work[key] for work in said["works"] for key in ("thumbnail", "picture", "image")}
        for name in ("index.html", "catalogue.html", "ar.html"):
            html = urllib.request.urlopen(base + name).read().decode()
            named |= {a.partition("#")[0] for a in re.findall(r'(?:href|src)="([^"#][^"]*)"', html)} - {
                "data:,"
            }
            named |= {
                part.split()[0] for s in re.findall(r'srcset="([^"]*)"', html) for part in s.split(", ")
            }
        assert len(named) > 12
        for name in sorted(named):
            address = urljoin(base, name)
            assert address.startswith(base), name
            with urllib.request.urlopen(address) as answer:
                assert answer.status == 200, name
        assert urllib.request.urlopen(base + "show.glb").read() == gl_free_file.read_bytes()


def test_no_address_inside_is_absolute(folder):
    """No host, no root, no path of this machine."""
    for name, data in files_of(folder).items():
        if name.endswith((".html", ".css", ".json")):
            text = data.decode()
            assert not re.search(r"""["'(=]\s*(?:https?:)?//""", text), name
            assert not re.search(r'(?:href|src|url)"?[=:]\s*"/', text), name
            assert str(folder) not in text and str(Path.home()) + "/" not in text, name


def test_pages_carry_their_policy(folder):
    for name in ("index.html", "catalogue.html", "ar.html"):
        html = (folder / "art" / "site" / name).read_text()
        metas = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
        assert len(metas) == 1, name
        assert "default-src 'none'" in metas[0].replace("&#x27;", "'")
        assert "frame-ancestors" not in metas[0]
        before = html[: html.index("http-equiv")]
        assert "<script" not in before and "<link" not in before


def test_only_what_belongs_to_it_is_in_it(folder, page):
    names = set(files_of(folder / "art" / "site"))
    assert {".nojekyll", MARKER, "index.html", "page/main.js", "show.glb", "ar.js", "works/002.glb"} <= names
    assert ".secret" not in names and "page/main.js.map" not in names
    assert set(json.loads((folder / "art" / "site" / MARKER).read_text())["files"]) == names
    assert [p.name for p in (folder / "art").iterdir()] == ["site"]  # nothing temporary


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_others_may_read_it(folder):
    site = folder / "art" / "site"
    mask = os.umask(0)
    os.umask(mask)
    assert site.stat().st_mode & 0o777 == 0o777 & ~mask
    assert (site / "show.glb").stat().st_mode & 0o777 == 0o666 & ~mask


def test_single_works_can_be_left_out(export, gl_free_file, tmp_path):
    report = export(gl_free_file, tmp_path / "site", works=False)
    assert not (tmp_path / "site" / "works").exists()
    said = json.loads((tmp_path / "site" / "show.json").read_text())
    assert [work["image"] for work in said["works"]] == [None, None]
    assert (report.works, report.folder) == (2, tmp_path / "site")
    assert report.files == len(files_of(tmp_path / "site")) - 2  # the marker and Jekyll's
    assert report.bytes == sum(
        len(d) for n, d in files_of(tmp_path / "site").items() if not n.startswith(".")
    )


def test_an_empty_folder_is_filled_and_a_strange_one_is_left_alone(export, gl_free_file, tmp_path):
    (tmp_path / "empty").mkdir()
    export(gl_free_file, tmp_path / "empty")
    assert (tmp_path / "empty" / "index.html").exists()
    strange = tmp_path / "thesis"
    strange.mkdir()
    (strange / "chapter1.txt").write_text("all my work")
    with pytest.raises(
        OutputProblem, match=r"thesis holds files that no export of vrgen wrote; choose a new"
    ):
        export(gl_free_file, strange)
    assert files_of(strange) == {"chapter1.txt": b"all my work"}
    with pytest.raises(OutputProblem, match="is a file, expected a folder"):
        export(gl_free_file, strange / "chapter1.txt")


def test_an_earlier_export_is_brought_up_to_date(export, gl_free_file, tmp_path, web):
    """What is new comes, what is left over goes, what others put there stays."""
    site = tmp_path / "site"
    export(gl_free_file, site)
    (site / "CNAME").write_text("art.example")
    (site / ".git").mkdir()
    (site / ".git" / "config").write_text("mine")
    inode = site.stat().st_ino
    scene = web.gallery(colour=(1, 200, 3))
    from dataclasses import replace

    write(
        replace(scene, nodes=tuple(n for n in scene.nodes if n.name not in ("work_002", "work_003"))),
        tmp_path / "b.glb",
    )
    export(tmp_path / "b.glb", site)
    names = set(files_of(site))
    assert "thumbnails/002.jpg" not in names and "works/002.glb" not in names
    assert (site / "show.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()
    assert (site / "CNAME").read_text() == "art.example" and (site / ".git" / "config").read_text() == "mine"
    assert site.stat().st_ino == inode  # a server that stands in it goes on
    assert not [name for name in names if name.startswith((".site", "."))] or names >= {MARKER}
    assert {p.name for p in site.iterdir() if p.name.startswith(".")} == {MARKER, ".nojekyll", ".git"}
    export(tmp_path / "b.glb", site, works=False)
    assert not (site / "works").exists()


def test_a_marker_cannot_send_us_out_of_the_folder(export, gl_free_file, tmp_path):
    """Somebody else's site, downloaded, with a marker that names our files."""
    site = tmp_path / "site"
    export(gl_free_file, site)
    victims = [tmp_path / "victim", tmp_path / "outside" / "victim"]
    victims[1].parent.mkdir()
    for victim in victims:
        victim.write_text("mine")
    (site / "link").symlink_to(victims[1].parent)
    names = ["../victim", str(victims[0]), "link/victim", "page/../../victim", "..\\victim", 5]
    (site / MARKER).write_text(json.dumps({"files": names}))
    export(gl_free_file, site)
    assert [victim.read_text() for victim in victims] == ["mine"] * 2


@pytest.mark.parametrize("marker", ["nonsense", "[]", '{"files": 3}', "{}"])
def test_a_marker_that_is_none_protects_the_folder(export, gl_free_file, tmp_path, marker):
    (tmp_path / MARKER).write_text(marker)
    with pytest.raises(OutputProblem, match="no export of vrgen wrote"):
        export(gl_free_file, tmp_path)


@pytest.mark.parametrize("earlier", [False, True])
def test_when_a_file_cannot_be_made_nothing_has_changed(export, gl_free_file, tmp_path, monkeypatch, earlier):
    site = tmp_path / "site"
    if earlier:
        export(gl_free_file, site, works=False)
    before = files_of(tmp_path)

    def broken(*given) -> bytes:
        raise InputProblem("the work is gone")

    from vrgen.view.web import site as making

    monkeypatch.setattr(making, "_single", broken)
    with pytest.raises(InputProblem, match="gone"):
        export(gl_free_file, site)
    assert files_of(tmp_path) == before
    assert site.exists() == earlier


def test_a_full_disk_is_said_and_leaves_nothing(export, gl_free_file, tmp_path, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_fill", full)
    with pytest.raises(OutputProblem, match="No space left on device; free some space"):
        export(gl_free_file, tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


def test_a_page_without_a_head_is_refused(export, gl_free_file, page, web, tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("<p>no head")
    with pytest.raises(OutputProblem, match="no <head>"):
        export_site(gl_free_file, tmp_path / "site", ExportWebOptions(), web.ports, page=tmp_path / "page")
    assert not (tmp_path / "site").exists()


def test_the_verb_and_the_command(gl_free_file, page, tmp_path, monkeypatch, capsys):
    """`vrgen export-web` end to end, with the page of the tests in the place of the built one."""
    import vrgen
    from vrgen.cli.main import main
    from vrgen.view.web import bundle

    monkeypatch.setattr(bundle, "resource", lambda name: page)
    assert main(["export-web", str(gl_free_file), "-o", str(tmp_path / "site"), "--quiet"]) == 0
    assert main(["export-web", str(gl_free_file), "-o", str(tmp_path / "site")]) == 0
    out = capsys.readouterr().out
    assert "python -m http.server -d" in out and "https" in out and "2 works" in out
    report = vrgen.export_web(vrgen.read(gl_free_file), tmp_path / "other", works=False)
    assert report.works == 2 and (tmp_path / "other" / "show.glb").exists()
    assert main(["export-web", str(tmp_path / "none.glb"), "-o", str(tmp_path / "x")]) == 1
    assert "there is no file" in capsys.readouterr().err

    def absent(name: str) -> Path:
        raise MissingPart(name)

    monkeypatch.setattr(bundle, "resource", absent)
    assert main(["export-web", str(gl_free_file), "-o", str(tmp_path / "y")]) == 1
    assert "make page (needs Node.js 18 or newer)" in capsys.readouterr().err
    assert not (tmp_path / "y").exists()


def test_exporting_loads_no_server(page, gl_free_file, tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom vrgen.gltf import read, write\n"
        "from vrgen.view.web.export import ExportWebOptions, export_site\n"
        "from vrgen.view.web.show import Ports\n"
        f"export_site(Path({str(gl_free_file)!r}), Path({str(tmp_path / 's')!r}), ExportWebOptions(), "
        f"Ports(read, write), page=Path({str(page)!r}))\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"aiohttp", "cryptography", "segno", "OpenGL", "torch"}.isdisjoint(done.stdout.split())
