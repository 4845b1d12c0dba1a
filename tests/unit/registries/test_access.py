from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.registries.access import Access, trust
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
