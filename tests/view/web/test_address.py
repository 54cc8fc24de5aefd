"""Addresses: under which names the server is asked, and what people read about them."""

from __future__ import annotations

import io
import ipaddress
import sys
from pathlib import Path

import pytest

from vrgen.view.options import ViewOptions
from vrgen.view.web import address as module
from vrgen.view.web import serve as serving
from vrgen.view.web.address import Address, advice, is_loopback, lan_addresses, machine_names, names_for, qr
from vrgen.view.web.certificate import Credentials

HELD = Credentials(Path("a"), Path("a"), "AA:BB", ours=True)
pytestmark = pytest.mark.usefixtures("no_loop")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost", "LOCALHOST."])
def test_loopback_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "studio.local", "localhost.evil.example", ""])
def test_everything_else_is_not_loopback(host):
    assert not is_loopback(host)


def test_lan_addresses_are_those_of_others():
    for text in lan_addresses():
        address = ipaddress.ip_address(text)
        assert not (address.is_loopback or address.is_link_local or address.is_unspecified)
    assert len(set(lan_addresses())) == len(lan_addresses())


def test_0_0_0_0_is_ipv4_alone(monkeypatch):
    """A socket on it does not hear IPv6, so no such address is printed."""
    monkeypatch.setattr(
        module, "_chosen", lambda: iter(("192.0.2.7", "2001:db8::7", "169.254.1.1", "127.0.0.1"))
    )
    monkeypatch.setattr(module, "_of_interfaces", lambda: iter(("192.0.2.7", "198.51.100.2")))
    monkeypatch.setattr(module, "_of_name", lambda: iter(("fe80::1", "nonsense")))
    assert lan_addresses("0.0.0.0") == ("192.0.2.7", "198.51.100.2")
    assert lan_addresses("::") == ("192.0.2.7", "2001:db8::7", "198.51.100.2")


def test_names_are_only_those_that_are_meant(monkeypatch):
    monkeypatch.setattr(module, "lan_addresses", lambda host: ("192.0.2.7",))
    monkeypatch.setattr(module, "machine_names", lambda: ("studio", "studio.local"))
    assert set(names_for("127.0.0.1")) == {"localhost", "127.0.0.1", "::1"}
    everywhere = set(names_for("0.0.0.0"))
    assert everywhere == {"localhost", "127.0.0.1", "::1", "192.0.2.7", "studio", "studio.local"}
    assert "0.0.0.0" not in everywhere  # browsers on Linux and macOS take it for this machine
    one = set(names_for("198.51.100.9"))
    assert "198.51.100.9" in one and "192.0.2.7" not in one


def test_the_machine_is_called_as_others_call_it(monkeypatch):
    monkeypatch.setattr(module.socket, "gethostname", lambda: "Studio.Example.ORG")
    assert machine_names() == ("studio.example.org", "studio", "studio.local")


def test_urls():
    assert Address("127.0.0.1", 1, False, "t").url() == "http://localhost:1/?token=t"
    assert Address("::1", 1, False, "t").url() == "http://[::1]:1/?token=t"
    assert Address("192.0.2.1", 1, True, "t").url() == "https://192.0.2.1:1/?token=t"


def test_everywhere_is_printed_as_an_address_that_can_be_opened(monkeypatch):
    monkeypatch.setattr(module, "lan_addresses", lambda host: ("192.0.2.7", "2001:db8::7"))
    address = Address("0.0.0.0", 8460, True, "t")
    assert address.url() == "https://192.0.2.7:8460/?token=t"
    assert any("https://[2001:db8::7]:8460/" in line for line in advice(address, HELD))
    monkeypatch.setattr(module, "lan_addresses", lambda host: ())
    assert address.url() == "https://localhost:8460/?token=t"


def test_advice_comes_in_the_order_of_what_is_simplest():
    lines = "\n".join(advice(Address("192.0.2.7", 8460, True, "t"), HELD))
    assert lines.index("adb reverse tcp:8460 tcp:8460") < lines.index("made on this machine")
    assert lines.index("made on this machine") < lines.index("--tls CERT,KEY")
    assert "AA:BB" in lines
    here = "\n".join(advice(Address("127.0.0.1", 8460, False, "t"), None))
    assert "adb reverse" in here and "--host 0.0.0.0" in here and "certificate" not in here
    plain = "\n".join(advice(Address("192.0.2.7", 8460, False, "t"), None))
    assert "browsers give WebXR to https and localhost alone" in plain


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_the_qr_code_says_the_address(monkeypatch):
    """Read back by OpenCV from the half blocks, as a headset would from the screen."""
    import cv2
    import numpy as np

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "60")
    url = "https://192.0.2.7:8460/?token=" + "aB3_-x" * 5
    picture = qr(url)
    assert picture is not None
    rows = picture.split("\n")
    halves = {" ": (0, 0), "█": (1, 1), "▀": (1, 0), "▄": (0, 1)}
    light = np.array([[halves[cell][half] for cell in row] for row in rows for half in (0, 1)], np.uint8)
    if light[0].min() == 0:  # drawn dark on light
        light = 1 - light
    large = np.kron(np.pad(light, 6, constant_values=1) * 255, np.ones((8, 8), np.uint8)).astype(np.uint8)
    text, *_ = cv2.QRCodeDetector().detectAndDecode(large)
    assert text == url


def test_no_qr_code_where_it_would_not_be_seen(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert qr("x") is None
    narrow = Terminal()
    monkeypatch.setattr(sys, "stderr", narrow)
    monkeypatch.setenv("COLUMNS", "12")
    assert qr("x") is None
    monkeypatch.setenv("COLUMNS", "100")
    narrow.encoding = "ascii"
    assert qr("x") is None


@pytest.mark.parametrize("what", ["file", "scene"])
def test_open_opens_the_browser_at_the_address(monkeypatch, show_file, page, web, what):
    """`serve` returns once it is interrupted; here by the browser that was opened."""
    what = show_file if what == "file" else web.gallery()
    opened = []

    def browser(url: str) -> None:
        import _thread

        opened.append(url)
        _thread.interrupt_main()

    monkeypatch.setattr(serving.webbrowser, "open", browser)
    heard = web.Heard()
    serving.serve(what, ViewOptions(web=True, port=0, open=True), web.ports, progress=heard, page=page)
    assert opened == [heard.notes[0].removeprefix("the gallery is at ")]
    assert heard.notes[-1] == "the page is closed"


def test_the_verb_says_what_is_wrong(show_file, monkeypatch, tmp_path):
    import vrgen
    from vrgen.errors import InputProblem, MissingPart, UsageProblem
    from vrgen.view.web import bundle

    with pytest.raises(InputProblem, match=r"there is no file .*none\.glb"):
        vrgen.view(tmp_path / "none.glb", web=True)
    with pytest.raises(UsageProblem, match="expected auto, off, or two files"):
        vrgen.view(show_file, web=True, tls="maybe")

    def absent(name: str) -> Path:
        raise MissingPart(name)

    monkeypatch.setattr(bundle, "resource", absent)
    with pytest.raises(MissingPart, match=r"the page is not built.*make page \(needs Node.js 18 or newer\)"):
        vrgen.view(show_file, web=True)
    with pytest.raises(MissingPart, match=r"no index\.html"):
        bundle.bundle(tmp_path)
