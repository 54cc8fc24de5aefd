"""Certificates: handshakes that a strict client takes, files that only their user reads, plain errors."""

from __future__ import annotations

import datetime
import hashlib
import os
import ssl
import stat
from pathlib import Path

import pytest

from vrgen.errors import InputProblem, OutputProblem, UsageProblem
from vrgen.view.web import certificate as module
from vrgen.view.web.certificate import NAME, credentials, names_of, private_folder
from vrgen.view.web.guard import Guard
from vrgen.view.web.server import Server

NAMES = ("localhost", "127.0.0.1", "::1", "192.0.2.7", "studio.local")


def made(folder: Path, names=NAMES, choice: str = "auto", **more):
    return credentials(choice, names, loopback=False, folder=folder, **more)


def load(path: Path):
    from cryptography import x509

    return x509.load_pem_x509_certificate(path.read_bytes())


def test_loopback_and_off_take_none(tmp_path):
    assert credentials("auto", NAMES, loopback=True, folder=tmp_path) is None
    assert credentials("off", NAMES, loopback=False, folder=tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_checks_everything_takes_the_handshake(make_site, show_file, start, web, tmp_path):
    held = made(tmp_path)
    trusting = ssl.create_default_context(cafile=str(held.certificate))
    assert trusting.check_hostname and trusting.verify_mode == ssl.CERT_REQUIRED
    site = make_site(show_file)

    def server(port: int) -> Server:
        return Server(site, Guard(web.names, port, tls=True), web.Heard(), context=held.context())

    with start(server, context=trusting) as running:
        answer = running.ask("/show.glb")
        assert (answer.status, answer.body) == (200, show_file.read_bytes())
        origin = f"https://localhost:{running.port}"
        assert running.ask(Origin=origin).status == 200
        assert running.ask(Origin=origin.replace("https", "http")).status == 403
        welcome = running.ask(f"/?token={running.server.guard.token}", cookie=None)
        assert "; Secure" in welcome["Set-Cookie"] and welcome["Set-Cookie"].startswith("__Host-")
        running.context = ssl.create_default_context()  # one that trusts the world's authorities alone
        with pytest.raises(ssl.SSLCertVerificationError):
            running.ask("/")


def test_old_tls_is_refused(tmp_path):
    assert made(tmp_path).context().minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "192.0.2.7", "studio.local"])
def test_the_certificate_is_for_every_name(tmp_path, name):
    """The handshake in memory, for names that this machine need not have."""
    held = made(tmp_path)
    client, server = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=str(held.certificate))
    one = trusting.wrap_bio(client, server, server_hostname=name)
    other = held.context().wrap_bio(server, client, server_side=True)
    for _ in range(4):
        for side in (one, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert one.version() in ("TLSv1.3", "TLSv1.2")
    with pytest.raises(ssl.SSLCertVerificationError):
        a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
        wrong = trusting.wrap_bio(a, b, server_hostname="evil.example")
        right = held.context().wrap_bio(b, a, server_side=True)
        for _ in range(4):
            for side in (wrong, right):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue


def test_it_is_good_for_a_year_and_for_servers(tmp_path):
    from cryptography import x509

    found = load(made(tmp_path).certificate)
    now = datetime.datetime.now(datetime.UTC)
    assert set(names_of(found)) == set(NAMES)
    assert 364 <= (found.not_valid_after_utc - now).days <= 365
    assert found.not_valid_before_utc < now
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_only_its_user_reads_the_key(tmp_path):
    old = os.umask(0)
    try:
        held = made(tmp_path / "new" / "folder")
    finally:
        os.umask(old)
    assert stat.S_IMODE(held.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(held.key.parent.stat().st_mode) & 0o077 == 0
    assert [path.name for path in held.key.parent.iterdir()] == [NAME]


def test_it_is_kept_while_it_does(tmp_path):
    first = made(tmp_path)
    assert made(tmp_path).fingerprint == first.fingerprint
    assert made(tmp_path, NAMES[:2]).fingerprint == first.fingerprint  # fewer names: still good
    assert len(first.fingerprint.split(":")) == 32
    pem = first.certificate.read_text()
    body = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT") :])
    assert first.fingerprint.replace(":", "").lower() == hashlib.sha256(body).hexdigest()


def test_it_is_renewed_for_a_new_address_before_its_end_and_when_damaged(tmp_path, monkeypatch):
    first = made(tmp_path)
    second = made(tmp_path, (*NAMES, "198.51.100.4"))
    assert second.fingerprint != first.fingerprint
    assert "198.51.100.4" in names_of(load(second.certificate))
    monkeypatch.setattr(module, "DAYS", 29)
    (tmp_path / NAME).unlink()
    short = made(tmp_path)
    monkeypatch.undo()
    assert made(tmp_path).fingerprint != short.fingerprint
    kept = made(tmp_path)
    text = (tmp_path / NAME).read_text()
    (tmp_path / NAME).write_text(text[text.index("-----BEGIN CERT") :])  # the key is gone
    assert made(tmp_path).fingerprint != kept.fingerprint
    (tmp_path / NAME).write_text("nonsense")
    assert made(tmp_path).context()


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputProblem, match=r"cannot keep the certificate in .*--tls CERT,KEY"):
        made(tmp_path / "file")


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    """A certificate and its key in two files, as people have them."""
    pem = made(tmp_path / "made").key.read_text()
    cut = pem.index("-----BEGIN CERT")
    (tmp_path / "site.key").write_text(pem[:cut])
    (tmp_path / "site.pem").write_text(pem[cut:])
    return tmp_path / "site.pem", tmp_path / "site.key"


def test_ones_own_certificate_is_taken(pair, tmp_path, web):
    held = made(tmp_path, choice=f"{pair[0]}, {pair[1]}")
    assert (held.certificate, held.key, held.ours) == (*pair, False)
    assert held.context()


def test_ones_own_certificate_that_is_past_is_taken_with_a_note(tmp_path, web, monkeypatch):
    monkeypatch.setattr(module, "DAYS", -0.02)  # it began an hour ago and ended half an hour ago
    module._make(list(NAMES), tmp_path / "old.pem")
    pem = (tmp_path / "old.pem").read_text()
    cut = pem.index("-----BEGIN CERT")
    (tmp_path / "old.key").write_text(pem[:cut])
    heard = web.Heard()
    made(tmp_path, choice=f"{tmp_path / 'old.pem'},{tmp_path / 'old.key'}", progress=heard)
    assert "renew it" in heard.notes[0]


@pytest.mark.parametrize("choice", ["maybe", "a.pem", "a.pem,", ",a.key", ""])
def test_what_is_no_choice(tmp_path, choice):
    with pytest.raises(UsageProblem, match="expected auto, off, or two files"):
        made(tmp_path, choice=choice)


def with_password(pem: bytes) -> bytes:
    """The same key, locked."""
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(pem, None)
    lock = form.BestAvailableEncryption(b"secret")
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, lock)


def test_files_that_are_wrong(pair, tmp_path):
    certificate, key = pair
    other = tmp_path / "other.key"
    pem = made(tmp_path / "second").key.read_text()
    other.write_text(pem[: pem.index("-----BEGIN CERT")])
    noise = tmp_path / "noise.pem"
    noise.write_text("nonsense")
    locked = tmp_path / "locked.key"
    locked.write_bytes(with_password(key.read_bytes()))
    for files, sentence in [
        ((tmp_path / "none.pem", key), "there is no file .*none.pem"),
        ((certificate, tmp_path / "none.key"), "there is no file .*none.key"),
        ((certificate, other), "is not that of the certificate"),
        ((noise, key), "holds no certificate in PEM form"),
        ((certificate, noise), "no PEM files of a certificate and its key"),
        ((certificate, locked), "locked with a password"),
        ((tmp_path, key), "tls: cannot read"),
    ]:
        with pytest.raises(InputProblem, match=sentence):
            made(tmp_path, choice=f"{files[0]},{files[1]}")


def test_where_it_is_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "x"))
    assert private_folder() == tmp_path / "x" / "vrgen"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")  # the specification says: ignore it
    assert private_folder() == tmp_path / ".config" / "vrgen"
    monkeypatch.setattr("sys.platform", "darwin")
    assert private_folder() == tmp_path / "Library" / "Application Support" / "vrgen"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "l"))
    assert private_folder() == tmp_path / "l" / "vrgen"
