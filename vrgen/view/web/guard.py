"""Guard: who may have an answer. Pure: strings in, a refusal or nothing out.

Four locks, each against another attack: the token (others on this machine or network), the Host list (DNS
rebinding: a foreign name that points here), the Origin (foreign pages that ask from the visitor's browser),
and the browser's own word on where a request comes from.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN_BYTES = 24
"""Of chance in a token: 192 bits."""
ALLOWED = ("GET", "HEAD")
LONGEST = 2048
"""Characters of a path and its query."""
AGE = 7 * 24 * 3600
"""Seconds that a browser keeps the cookie."""
CLOSED = "open the address that vrgen printed in the terminal, with its token"


class Refused(Exception):
    """A request that gets no answer but this."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def new_token() -> str:
    """A token that nobody guesses, safe in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def path_of(target: str) -> str:
    """The relative name that a request's target asks for; '' for the root. Raises Refused.

    Decoded once. Anything that could mean a way out, or mean two things, is refused; what is left is looked
    up in a list and never on a disk.
    """
    if len(target) > LONGEST:
        raise Refused(414, f"the address has {len(target)} characters, at most {LONGEST} are taken")
    raw = target.partition("?")[0].partition("#")[0]
    if not raw.startswith("/"):
        raise Refused(400, "the address is no path on this server")
    try:
        path = unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise Refused(400, "the address is no UTF-8") from None
    parts = path[1:].split("/")
    if any(part in (".", "..") or part.startswith(".") for part in parts):
        raise Refused(403, "the address leads out of the page")
    if "//" in path or any(ord(letter) < 32 or letter in "\\\x7f" for letter in path):
        raise Refused(400, "the address holds characters that no name here has")
    return path[1:]


def host_name(header: str) -> str:
    """The name in a Host header, without its port, in lower case; '' for one that is none."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return ""
    plain = parts.netloc == header and "@" not in header and not (parts.path or parts.query)
    return (parts.hostname or "").rstrip(".").partition("%")[0] if plain else ""


@dataclass(frozen=True, slots=True)
class Guard:
    """The locks of one server."""

    names: frozenset[str]
    """Names and addresses under which it may be asked, in lower case, without a port."""
    port: int
    """Its port: browsers send a host's cookies to every port, so the cookie is named after it."""
    tls: bool = False
    """Whether it speaks https."""
    token: str = field(default_factory=new_token, repr=False)
    """What the address in the terminal ends with."""

    @property
    def cookie(self) -> str:
        """Name of the cookie; under https one that the browser itself binds to this host."""
        return f"__Host-vrgen-{self.port}" if self.tls else f"vrgen-{self.port}"

    def check(self, method: str, headers: Mapping[str, list[str]]) -> None:
        """Raise Refused unless method, Host, Origin and the browser's word are in order.

        `headers` holds every value of a name, names in lower case.
        """
        if method not in ALLOWED:
            raise Refused(405, f"{method[:12]} is not done here, only GET and HEAD")
        if headers.get("transfer-encoding") or headers.get("content-length", ["0"]) != ["0"]:
            raise Refused(413, "nothing can be sent here")
        hosts = headers.get("host", [])
        if len(hosts) != 1 or host_name(hosts[0]) not in self.names:
            raise Refused(403, f"this is not the server of that name; {CLOSED}")
        for origin in headers.get("origin", []):
            if not self._own(origin, hosts[0]):
                raise Refused(403, "pages of other servers get nothing here")
        site = headers.get("sec-fetch-site", ["none"])[0]
        mode = headers.get("sec-fetch-mode", ["navigate"])[0]
        if site in ("cross-site", "same-site") and mode != "navigate":
            raise Refused(403, "pages of other servers get nothing here")

    def check_socket(self, headers: Mapping[str, list[str]]) -> None:
        """Raise Refused unless a websocket says that it comes from our page; browsers always say."""
        if len(headers.get("origin", [])) != 1:
            raise Refused(403, "a websocket without an Origin is none of ours")

    def _own(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        usual = ":443" if self.tls else ":80"
        return parts.scheme == ("https" if self.tls else "http") and parts.netloc.lower().removesuffix(
            usual
        ) == host.lower().removesuffix(usual)

    def token_in(self, target: str) -> str | None:
        """The token in the query of a request's target; None when there is none."""
        given = parse_qs(target.partition("?")[2], keep_blank_values=True).get("token")
        return given[0] if given else None

    def is_token(self, given: str) -> bool:
        """Compared in a time that does not tell how much of it is right."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def admit(self, cookies: list[str]) -> None:
        """Raise Refused unless one of the Cookie headers holds the token."""
        # By hand: http.cookies gives up at the first cookie of another server that it does not like.
        for pair in ";".join(cookies).split(";"):
            name, _, value = pair.strip().partition("=")
            if name == self.cookie and self.is_token(value):
                return
        raise Refused(403, f"this gallery is not open to everybody; {CLOSED}")

    def set_cookie(self) -> str:
        """The value of the Set-Cookie header that lets this browser in."""
        secure = "; Secure" if self.tls else ""
        return f"{self.cookie}={self.token}; Path=/; Max-Age={AGE}; HttpOnly; SameSite=Strict{secure}"
