"""Certificate: TLS for headsets on the network, whose browsers give WebXR to secure pages alone."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import InputProblem, OutputProblem, UsageProblem

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

DAYS = 365
"""How long a certificate of ours is good."""
RENEW_DAYS = 30
"""Days before its end from which on a new one is made."""
NAME = "vrgen-page.pem"
"""Key and certificate in one file, so that they are replaced together."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate with its key, on disk."""

    certificate: Path
    """PEM of the certificate (and its chain)."""
    key: Path
    """PEM of the private key; may be the same file."""
    fingerprint: str
    """SHA-256 of the certificate, as browsers show it."""
    ours: bool
    """Made here and signed by nobody else: browsers warn once."""

    def context(self) -> ssl.SSLContext:
        """What a server needs: TLS 1.2 or newer. Raises InputProblem when the two do not belong together."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])

        def locked() -> str:  # OpenSSL asks for a password here; nobody is asked in a terminal
            raise InputProblem(
                f"tls: the key in {self.key} is locked with a password, expected an open one; "
                "unlock it with: openssl pkey"
            )

        with _translated(self.certificate, self.key):
            context.load_cert_chain(self.certificate, self.key, password=locked)
        return context


@contextmanager
def _translated(certificate: Path, key: Path) -> Iterator[None]:
    """What OpenSSL and cryptography say about files, in our words."""
    try:
        yield
    except FileNotFoundError as problem:
        missing = certificate if not certificate.exists() else key
        raise InputProblem(f"tls: there is no file {missing}; check the path") from problem
    except ssl.SSLError as problem:
        reason = (problem.reason or str(problem)).replace("_", " ").lower()
        if problem.reason == "KEY_VALUES_MISMATCH":
            raise InputProblem(
                f"tls: the key in {key} is not that of the certificate in {certificate}; give the pair"
            ) from problem
        raise InputProblem(
            f"tls: {certificate} and {key} are no PEM files of a certificate and its key ({reason}); "
            "export them as PEM"
        ) from problem
    except OSError as problem:
        raise InputProblem(f"tls: cannot read {problem.filename}: {problem.strerror}") from problem
    except ValueError as problem:
        raise InputProblem(
            f"tls: {certificate} holds no certificate in PEM form; export it as PEM"
        ) from problem


def credentials(
    choice: str,
    names: Iterable[str],
    *,
    loopback: bool,
    folder: Path | None = None,
    progress: Progress = SILENT,
) -> Credentials | None:
    """What --tls asks for; None for plain http.

    `auto` takes none where only this machine is listened to, else a certificate of our own for `names` (host
    names and addresses), kept in `folder` (the user's own when None). `CERT,KEY` are files of the user's.
    Raises UsageProblem, InputProblem, OutputProblem.
    """
    if choice == "off" or (choice == "auto" and loopback):
        return None
    if choice == "auto":
        return _ours(sorted(set(names)), folder or private_folder())
    certificate, comma, key = choice.partition(",")
    if not (certificate.strip() and comma and key.strip()):
        raise UsageProblem(
            f"tls: got {choice!r}, expected auto, off, or two files: CERT,KEY as in site.pem,site.key"
        )
    return _theirs(Path(certificate.strip()), Path(key.strip()), progress)


def _theirs(certificate: Path, key: Path, progress: Progress) -> Credentials:
    with _translated(certificate, key):
        for path in (certificate, key):
            path.open("rb").close()
        found = _load(certificate)
    given = Credentials(certificate, key, _fingerprint(found), ours=False)
    given.context()
    now = datetime.datetime.now(datetime.UTC)
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        progress.note(
            f"the certificate in {certificate} is good from {found.not_valid_before_utc:%Y-%m-%d} to "
            f"{found.not_valid_after_utc:%Y-%m-%d}, not today: browsers refuse it; renew it"
        )
    return given


def _load(path: Path) -> Certificate:
    from cryptography import x509

    return x509.load_pem_x509_certificate(path.read_bytes())


def _fingerprint(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives import hashes

    return ":".join(f"{byte:02X}" for byte in certificate.fingerprint(hashes.SHA256()))


def private_folder() -> Path:
    """Where programs of this platform keep what is only for their user."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "vrgen"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "vrgen"
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(configured) if configured.startswith("/") else home / ".config") / "vrgen"


def _ours(names: list[str], folder: Path) -> Credentials:
    """The certificate that was made before, if it still does; else a new one."""
    path = folder / NAME
    kept = _kept(path)
    if kept is None or not _does(kept, names):
        kept = _make(names, path)
    return Credentials(path, path, _fingerprint(kept), ours=True)


def _kept(path: Path) -> Certificate | None:
    try:
        found = _load(path)
        Credentials(path, path, "", ours=True).context()
    except (OSError, ValueError, InputProblem):
        return None
    return found


def _does(certificate: Certificate, names: list[str]) -> bool:
    now = datetime.datetime.now(datetime.UTC)
    ends = certificate.not_valid_after_utc - datetime.timedelta(days=RENEW_DAYS)
    return certificate.not_valid_before_utc <= now < ends and set(names) <= set(names_of(certificate))


def names_of(certificate: Certificate) -> tuple[str, ...]:
    """Host names and addresses that a certificate is for."""
    from cryptography import x509

    try:
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *said.get_values_for_type(x509.DNSName),
        *(str(address) for address in said.get_values_for_type(x509.IPAddress)),
    )


def _make(names: list[str], path: Path) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vrgen page on this network")])
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks of headsets go wrong
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    made = builder.sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_private(path, secret + made.public_bytes(serialization.Encoding.PEM))
    return made


def _general(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_private(path: Path, data: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=path.parent, prefix=".vrgen-", delete=False) as out:  # made with 0600
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(out.name, path)
    except OSError as problem:
        raise OutputProblem(
            f"cannot keep the certificate in {path.parent}: {problem.strerror}; "
            "make that folder writable, or give your own with --tls CERT,KEY"
        ) from problem
