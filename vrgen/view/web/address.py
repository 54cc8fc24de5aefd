"""Address: under which names this machine can be reached, and how people are told of it."""

from __future__ import annotations

import io
import ipaddress
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from vrgen.view.web.certificate import Credentials

LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")
"""Hosts that mean every address of this machine."""
AWAY = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses of documentation (RFC 5737, RFC 3849): nothing is sent, the system only chooses a way."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def lan_addresses(host: str = "::") -> tuple[str, ...]:
    """Addresses of this machine on its networks, the one that others most likely see first.

    Those that a server on `host` listens to: 0.0.0.0 means IPv4 alone, :: means both.
    """
    found = [*_chosen(), *_of_interfaces(), *_of_name()]
    wanted = (address for address in found if _is_lan(address) and (host == "::" or ":" not in address))
    return tuple(dict.fromkeys(wanted))


def _is_lan(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _chosen() -> Iterator[str]:
    for away, family in AWAY:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((away, 9))
            yield str(probe.getsockname()[0])


def _of_interfaces() -> Iterator[str]:
    """IPv4 addresses by interface, where the system is Linux."""
    if sys.platform != "linux":
        return
    from fcntl import ioctl
    from struct import pack

    address_of = 0x8915  # SIOCGIFADDR
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                answer = ioctl(probe.fileno(), address_of, pack("256s", name.encode()[:15]))
                yield socket.inet_ntoa(answer[20:24])


def _of_name() -> Iterator[str]:
    with suppress(OSError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            yield str(address[0]).partition("%")[0]


def machine_names() -> tuple[str, ...]:
    """What this machine calls itself, also as others find it by mDNS."""
    name = socket.gethostname().lower().rstrip(".")
    short = name.partition(".")[0]
    return tuple(dict.fromkeys(n for n in (name, short, f"{short}.local") if n and not n.startswith(".")))


def names_for(host: str) -> tuple[str, ...]:
    """Every name and address, in lower case, under which a server on `host` may be asked."""
    names = [*LOOPBACK]
    if host in EVERYWHERE:
        names += [*lan_addresses(host), *machine_names()]
    elif not is_loopback(host):
        names += [host.lower(), *machine_names()]
        with suppress(OSError):
            names += [str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)]
    return tuple(dict.fromkeys(name for name in names if name not in EVERYWHERE))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    """As it was asked for."""
    port: int
    """The port it got."""
    tls: bool
    """Whether it speaks https."""
    token: str
    """What lets a browser in."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names to be printed, the best first."""
        if is_loopback(self.host):
            return ("localhost",) if self.host in ("127.0.0.1", "localhost") else (self.host,)
        return (lan_addresses(self.host) or ("localhost",)) if self.host in EVERYWHERE else (self.host,)

    def url(self, host: str | None = None) -> str:
        """The whole address with its token, under one of its names."""
        name = host or self.hosts[0]
        name = f"[{name}]" if ":" in name else name
        return f"http{'s' if self.tls else ''}://{name}:{self.port}/?token={self.token}"


def qr(text: str) -> str | None:
    """A QR code in half blocks for a terminal; None where it would not be seen.

    Light modules are drawn, so that it reads on a dark ground; readers take it on a light one too.
    """
    if not sys.stderr.isatty():
        return None
    import segno

    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, border=2, compact=True)
    picture = out.getvalue().rstrip("\n")
    try:
        picture.encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return None
    room = shutil.get_terminal_size()
    rows = picture.split("\n")
    return picture if len(rows[0]) + 2 <= room.columns and len(rows) <= max(room.lines, 24) else None


def advice(address: Address, held: Credentials | None) -> list[str]:
    """What people read below the address: how a headset gets there, simplest first."""
    reverse = f"adb reverse tcp:{address.port} tcp:{address.port}"
    if is_loopback(address.host):
        local = address.url("localhost")
        return [
            f"for a headset on a cable: {reverse}, then in its browser {local}",
            f"to open it there from here: adb shell am start -a android.intent.action.VIEW -d '{local}'",
            "for a headset on your network: start again with --host 0.0.0.0",
        ]
    lines = [
        *(f"also at {address.url(host)}" for host in address.hosts[1:4]),
        "whoever is on your network and has this address can look at the gallery",
        f"simplest with a cable, and without a certificate: start without --host, then {reverse}",
    ]
    if held is None:
        return [*lines, "without a cable there is no VR: browsers give WebXR to https and localhost alone"]
    if held.ours:
        lines.append(
            "the certificate was made on this machine: a browser warns once; choose Advanced, Proceed"
        )
        lines.append("to have no warning: --tls CERT,KEY with a certificate of your own")
    return [*lines, f"SHA-256 fingerprint of the certificate: {held.fingerprint}"]
