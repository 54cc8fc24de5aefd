"""Each lock of the server, attacked from outside: what must not get in, and what must not be locked out."""

from __future__ import annotations

import hmac
import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vrgen.view.web.document import Needs
from vrgen.view.web.guard import Guard, Refused, host_name, new_token, path_of
from vrgen.view.web.policy import content_policy
from vrgen.view.web.server import Server

SECRETS = ("/", "/index.html", "/show.glb", "/show.json", "/catalogue.html", "/page/main.js", "/live")


@pytest.mark.parametrize("target", SECRETS)
@pytest.mark.parametrize(
    "cookie", [None, "other=1", "vrgen-1=x", "{name}=", "{name}={token}x", "{name}={short}"]
)
def test_nothing_without_the_token(running, target, cookie):
    """No cookie, another server's, an empty one, one letter too many, one too few."""
    guard = running.server.guard
    if cookie is not None:
        cookie = cookie.format(name=guard.cookie, token=guard.token, short=guard.token[:-1])
    answer = running.ask(target, cookie=cookie)
    assert answer.status == 403
    assert guard.token.encode() not in answer.body
    assert answer["Set-Cookie"] == ""


def test_the_token_becomes_a_cookie_and_leaves_the_address(running):
    guard = running.server.guard
    answer = running.ask(f"/catalogue.html?token={guard.token}&x=1", cookie=None)
    assert answer.status == 303
    assert answer["Location"] == "/catalogue.html"
    assert guard.token not in answer["Location"]
    cookie = answer["Set-Cookie"]
    assert cookie.startswith(f"{guard.cookie}={guard.token};")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie  # plain http: a secure cookie would be lost
    assert answer["Cache-Control"] == "no-store"
    assert running.ask("/catalogue.html", cookie=cookie.split(";")[0]).status == 200


def test_under_tls_the_cookie_is_secure_and_bound_to_the_host():
    guard = Guard(frozenset({"localhost"}), 1, tls=True)
    assert guard.set_cookie().startswith("__Host-vrgen-1=")
    assert "; Secure" in guard.set_cookie()


@pytest.mark.parametrize("token", ["", "x", "%00", "ä", "é" * 30])
def test_a_wrong_token_sets_no_cookie_and_is_not_told_what_is_right(running, token):
    from urllib.parse import quote

    answer = running.ask(f"/?token={quote(token)}", cookie=None)
    assert answer.status == 403
    assert answer["Set-Cookie"] == ""
    assert "Location" not in answer.headers


def test_cookies_of_other_servers_on_this_host_do_not_lock_us_out(running):
    """Every port of localhost shares its cookies, and some hold what http.cookies refuses."""
    assert running.ask(cookie=f'a[b]="x; y={{1}}; {running.cookie}; z').status == 200


def test_tokens_are_long_and_never_the_same():
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(re.fullmatch(r"[\w-]{32}", token) for token in tokens)
    guard = Guard(frozenset(), 1)
    assert guard.token not in repr(guard)


def test_tokens_are_compared_in_constant_time(monkeypatch):
    """By hmac's comparison and by nothing else; a difference in time would drown in the noise of a test."""
    compared = []

    def compare(given: bytes, held: bytes) -> bool:
        compared.append((given, held))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    guard = Guard(frozenset(), 1)
    assert not guard.is_token(guard.token)
    with pytest.raises(Refused):
        guard.admit([f"{guard.cookie}={guard.token}"])
    assert compared == [(guard.token.encode(), guard.token.encode())] * 2


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "",
        "[::1",
        "x",
    ],
)
def test_a_name_that_was_bent_to_this_machine_gets_nothing(running, host):
    """DNS rebinding: the browser believes that evil.example is here, and would send its cookies."""
    host = host.format(port=running.port)
    assert running.ask("/show.glb", Host=host).status == 403
    token = running.server.guard.token
    answer = running.ask(f"/?token={token}", cookie=None, Host=host)
    assert answer.status == 403
    assert answer["Set-Cookie"] == ""


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:{port}", "127.0.0.1:{port}", "[::1]:{port}", "localhost.:9"]
)
def test_own_names_are_let_in_whatever_the_port(running, host):
    """`adb reverse` may give the headset another port."""
    assert running.ask("/show.json", Host=host.format(port=running.port)).status == 200


def test_one_host_and_no_more(running):
    cookie = running.cookie.encode()
    for hosts in (b"", b"Host: localhost\r\nHost: evil.example\r\n"):
        said = (
            b"GET /show.json HTTP/1.1\r\n" + hosts + b"Cookie: " + cookie + b"\r\nConnection: close\r\n\r\n"
        )
        assert re.match(rb"HTTP/1.[01] 40[03] ", running.raw(said))
    said = b"GET /show.json HTTP/1.0\r\nCookie: " + cookie + b"\r\n\r\n"
    assert re.match(rb"HTTP/1.[01] 403 ", running.raw(said))


def test_host_names_are_read_strictly():
    assert host_name("[::1]:80") == "::1"
    assert host_name("LocalHost") == "localhost"
    for bad in ("a/b", "a?b", "a@b", "a:b", "", "a b/", "localhost/..", "[::1"):
        assert host_name(bad) not in ("localhost", "::1", "a", "b")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://localhost:{port}", "http://localhost:1", "["]
)
@pytest.mark.parametrize("target", ["/", "/show.glb", "/live"])
def test_a_foreign_page_gets_nothing_even_with_the_cookie(running, origin, target):
    host = f"localhost:{running.port}"
    answer = running.ask(target, Host=host, Origin=origin.format(port=running.port))
    assert answer.status == 403
    assert "access-control-allow-origin" not in answer.headers


def test_our_own_page_is_no_foreign_one(running):
    host = f"localhost:{running.port}"
    assert (
        running.ask("/show.glb", Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin").status
        == 200
    )
    assert running.ask("/", Host=host, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "websocket"])
def test_requests_that_the_browser_calls_foreign_get_nothing(running, site, mode):
    """An <img> of another port on localhost sends no Origin, but our cookie."""
    assert running.ask("/thumbnails/001.jpg", Sec_Fetch_Site=site, Sec_Fetch_Mode=mode).status == 403


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_the_websocket_has_the_same_locks(running):
    host = f"localhost:{running.port}"
    ours = {"Host": host, "Origin": f"http://{host}"}
    refused = [
        running.ask("/live", **UPGRADE, Host=host, Origin="http://evil.example"),
        running.ask("/live", **UPGRADE, Host=host),
        running.ask("/live", **UPGRADE, **ours, cookie=None),
        running.ask("/live", **UPGRADE, Host="evil.example", Origin="http://evil.example"),
        running.ask("/live", **UPGRADE, **ours, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="websocket"),
    ]
    assert [answer.status for answer in refused] == [403] * 5
    assert running.ask("/live", **ours).status == 426  # no upgrade asked for
    said = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in (UPGRADE | ours).items())
    opened = running.raw(f"GET /live HTTP/1.1\r\n{said}Cookie: {running.cookie}\r\n\r\n".encode())
    assert opened.startswith(b"HTTP/1.1 101 ")


WAYS_OUT = [
    "/../show.glb",
    "/../../../../etc/passwd",
    "/page/../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/page/..%2f..%2f..%2fetc/passwd",
    "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/..\\..\\etc\\passwd",
    "/..%5c..%5cetc%5cpasswd",
    "/%252e%252e/%252e%252e/etc/passwd",
    "/....//....//etc/passwd",
    "//etc/passwd",
    "///etc/passwd",
    "/etc/passwd",
    "/%2fetc%2fpasswd",
    "/page/%00/etc/passwd",
    "/show.glb%00.html",
    "/.secret",
    "/.git/config",
    "/page/./main.js",
    "/page/main.js/..",
    "/page/main.js.map",
    "/%ff%fe",
    "/~root",
    "/C:/Windows/win.ini",
    "http://evil.example/show.glb",
    "*",
]


@pytest.mark.parametrize("target", WAYS_OUT)
def test_no_path_leads_out(running, target):
    """Sent as they are: a client library would tidy them up."""
    said = (
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nCookie: {running.cookie}\r\nConnection: close\r\n\r\n"
    )
    answer = running.raw(said.encode())
    assert re.match(rb"HTTP/1.[01] 4\d\d ", answer), answer[:80]
    assert b"root:" not in answer and b"hidden" not in answer and b"glTF" not in answer


@pytest.mark.parametrize("target", WAYS_OUT)
def test_no_path_becomes_a_name_that_leads_out(target):
    try:
        name = path_of(target)
    except Refused as refused:
        assert refused.status in (400, 403)
        return
    assert not name.startswith("/") and ".." not in name.split("/") and "\\" not in name


@given(st.text(max_size=40) | st.text("./\\%2eEfFa~", max_size=12).map(lambda text: "/" + text))
def test_no_text_at_all_becomes_a_name_that_leads_out(target):
    """By law: what is not refused is relative and has no way up."""
    try:
        name = path_of(target)
    except Refused:
        return
    assert not name.startswith("/") and "\\" not in name and "\0" not in name
    assert not any(part.startswith(".") for part in name.split("/"))


def test_links_out_of_the_page_are_not_followed(make_site, start, show_file, page, tmp_path, web):
    """Neither one that was there at the start, to a file or a folder, nor one that takes a file's place."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "passwd").write_text("root:x")
    root = tmp_path / "bundle"
    shutil.copytree(page, root)
    (root / "page" / "link.js").symlink_to(outside / "passwd")
    (root / "folder").symlink_to(outside)
    (root / "page" / "inner.js").symlink_to(root / "page" / "main.js")
    site = make_site(show_file, page=root)
    assert "page/link.js" not in site.parts and "folder/passwd" not in site.parts
    with start(lambda port: Server(site, Guard(web.names, port), web.Heard())) as running:
        assert running.ask("/page/link.js").status == 404
        assert running.ask("/folder/passwd").status == 404
        assert running.ask("/page/inner.js").status == 200
        (root / "page" / "style.css").unlink()
        (root / "page" / "style.css").symlink_to(outside / "passwd")
        answer = running.ask("/page/style.css")
    assert answer.status == 500
    assert b"root:x" not in answer.body


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "CONNECT"]
)
def test_only_get_and_head(running, method):
    head = f"Host: localhost\r\nCookie: {running.cookie}\r\nConnection: close\r\n\r\n"
    said = f"{method} /show.json HTTP/1.1\r\n{head}"
    status = re.match(rb"HTTP/1.1 (\d+) ", running.raw(said.encode()))
    assert status is not None and int(status[1]) in ((400, 405) if method == "CONNECT" else (405,))


def test_nothing_can_be_sent(running):
    assert running.ask("/show.json", body=b"x" * 10).status == 413
    assert running.ask("/show.json", "POST", body=b"x" * 10).status == 405
    head = f"GET /show.json HTTP/1.1\r\nHost: localhost\r\nCookie: {running.cookie}\r\nConnection: close\r\n"
    chunked = (head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").encode()
    assert running.raw(chunked).startswith(b"HTTP/1.1 413 ")


def test_oversized_headers_are_refused_and_the_next_request_is_served(running):
    line = f"GET /{'a' * 20000} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    assert re.match(rb"HTTP/1.[01] 4\d\d ", running.raw(line))
    field = f"GET / HTTP/1.1\r\nHost: localhost\r\nX: {'a' * 20000}\r\n\r\n".encode()
    assert re.match(rb"HTTP/1.[01] 4\d\d ", running.raw(field))
    assert running.ask("/" + "a" * 3000).status == 414
    assert running.ask("/show.json").status == 200


@pytest.mark.parametrize("target", ["/", "/show.glb", "/nothing", "/live", "/catalogue.html"])
@pytest.mark.parametrize("cookie", ["", None])
def test_every_answer_carries_the_headers(running, target, cookie):
    answer = running.ask(target, cookie=cookie)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "xr-spatial-tracking=(self)" in answer["Permissions-Policy"]
    assert "aiohttp" not in answer["Server"].lower()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "blob:" not in policy.split("worker-src")[1].split(";")[0]


def test_the_policy_opens_only_what_a_scene_needs():
    plain = content_policy(Needs())
    assert "unsafe" not in plain
    draco = content_policy(Needs(draco=True))
    assert (
        "'wasm-unsafe-eval'" in draco and "'unsafe-eval'" not in draco and "worker-src 'self' blob:" in draco
    )
    meshopt = content_policy(Needs(meshopt=True))
    assert "'wasm-unsafe-eval'" in meshopt and "worker-src 'self';" in meshopt
    assert "'unsafe-eval'" in content_policy(Needs(ktx2=True))
    for needs in (Needs(), Needs(ktx2=True)):
        assert "'unsafe-inline'" not in content_policy(needs)
        assert "frame-ancestors" not in content_policy(needs, header=False)  # not for a <meta>
