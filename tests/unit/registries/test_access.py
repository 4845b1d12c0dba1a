from __future__ import annotations

import os
import shutil
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.registries.access import Access, proxy_for, trust
from tests.support.registry import make_certificate

STORED = "/nix/store/00000000000000000000000000000000-auth.json"


def test_credentials_in_the_store_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(STORED)
    for path in (STORED, str(tmp_path / "link")):
        with pytest.raises(InvalidInput, match="authFile is in the Nix store, where every user can read") as caught:
            Access(auth_file=path)
        assert caught.value.where == path


def test_anywhere_else_they_may_be(tmp_path: Path) -> None:
    assert Access(auth_file=str(tmp_path / "auth.json")).auth_file == str(tmp_path / "auth.json")


def test_what_certs_d_has_is_trusted(tmp_path: Path) -> None:
    """A CA, and a certificate of one's own with its key, for one host alone."""
    certificate = make_certificate(tmp_path)
    place = tmp_path / ".config/containers/certs.d/registry.example:5000"
    place.mkdir(parents=True)
    access = Access(environment={"HOME": str(tmp_path)})
    before = len(trust(access, "registry.example:5000").get_ca_certs())
    shutil.copy(certificate.file, place / "ca.crt")
    shutil.copy(certificate.file, place / "client.cert")
    shutil.copy(certificate.key, place / "client.key")
    (place / "notes.txt").write_text("no certificate")
    assert len(trust(access, "registry.example:5000").get_ca_certs()) == before + 1
    assert len(trust(access, "registry.example").get_ca_certs()) == before
    assert len(trust(Access(certificates=str(place)), "any.example").get_ca_certs()) == before + 1


def test_what_is_no_certificate(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    for name in ("ca.crt", "client.cert"):
        directory = tmp_path / name.partition(".")[0]
        directory.mkdir()
        shutil.copy(certificate.file if name == "client.cert" else certificate.key, directory / name)
        with pytest.raises(InvalidInput, match="no usable certificate") as caught:
            trust(Access(certificates=str(directory)))
        assert caught.value.where == str(directory / name)


def test_trust_can_be_given_up() -> None:
    assert trust(Access()).verify_mode == ssl.CERT_REQUIRED
    assert trust(Access(tls_verify=False)).verify_mode == ssl.CERT_NONE


PROXY = "http://user:secret@proxy.example:3128"


def proxy_of(url: str, **environment: str) -> str | None:
    found = proxy_for(urlsplit(url), environment)
    return found.geturl() if found else None


def test_a_proxy_for_each_scheme() -> None:
    both = {"http_proxy": "http://plain.example", "HTTPS_PROXY": "secure.example:8080"}
    assert proxy_of("http://r.example/", **both) == "http://plain.example"
    assert proxy_of("https://r.example/", **both) == "http://secure.example:8080"
    assert proxy_of("https://r.example/", http_proxy=PROXY) is None
    assert proxy_of("https://r.example/", all_proxy=PROXY) == PROXY
    assert all(
        proxy_of(f"http://{host}:5000/", http_proxy=PROXY) is None for host in ("127.0.0.1", "localhost", "[::1]")
    )


@pytest.mark.parametrize(
    ("no_proxy", "scheme", "host", "is_excepted"),
    [
        ("*", "https", "r.example", True),
        ("other, R.example ,", "https", "r.example", True),
        ("r.example", "https", "a.r.example", True),
        ("r.example", "https", "bar.example", False),
        (".r.example", "https", "r.example", False),
        (".r.example", "https", "a.r.example", True),
        ("*.r.example", "https", "a.r.example", True),
        ("r.example:5000", "https", "r.example:5000", True),
        ("r.example:5000", "https", "r.example", False),
        ("r.example:443", "https", "r.example", True),
        ("10.0.0.0/8", "http", "10.1.2.3:5000", True),
        ("10.0.0.0/8", "http", "11.1.2.3", False),
        ("10.0.0.0/8", "http", "r.example", False),
        ("10.1.2.3", "http", "10.1.2.3", True),
        ("2001:db8::/32", "http", "[2001:db8::1]", True),
        ("2001:db8::1", "http", "[2001:db8::1]:80", True),
        ("[2001:db8::1]:80", "http", "[2001:db8::1]", True),
        ("[2001:db8::1]:81", "http", "[2001:db8::1]", False),
        ("nonsense/x", "http", "10.1.2.3", False),
    ],
)
def test_who_is_asked_without_a_proxy(no_proxy: str, scheme: str, host: str, is_excepted: bool) -> None:
    assert (proxy_of(f"{scheme}://{host}/", all_proxy=PROXY, NO_PROXY=no_proxy) is None) == is_excepted


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://user:secret@p.example",
        "https://p.example",
        "http://[",
        "http://p.example:x",
        "http://p.example:0",
        "http://",
    ],
)
def test_a_proxy_that_cannot_be_used(proxy: str) -> None:
    with pytest.raises(InvalidInput, match="no proxy that can be used") as caught:
        proxy_of("https://r.example/", https_proxy=proxy)
    assert caught.value.where == "$https_proxy" and "secret" not in str(caught.value)


def test_a_directory_of_certificates_with_what_is_no_file(tmp_path: Path) -> None:
    place = tmp_path / ".config/containers/certs.d/registry.example"
    place.mkdir(parents=True)
    os.mkfifo(place / "client.key")
    for wrong in (
        lambda: Access(certificates=str(place)),
        lambda: trust(Access(environment={"HOME": str(tmp_path)}), "registry.example"),
    ):
        with pytest.raises(InvalidInput, match=f"^this is a pipe, not a file in {place}/client.key: "):
            wrong()


def test_no_certificates_at_all(tmp_path: Path) -> None:
    assert Access(environment={"SSL_CERT_FILE": "/dev/null"}).tls_verify
    with pytest.raises(FileNotFoundError):
        Access(certificates=f"{tmp_path}/none")
