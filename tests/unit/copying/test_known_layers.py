"""Which layers a remote image shows us; skopeo's part is in tests/system/test_copy_registry.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.copying.known_layers import known_layers, pair
from nixdock_hook.errors import InvalidImage
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_ZSTD, Descriptor, Platform
from tests.support.images import image_config, sha256
from tests.support.tools import need

ONE, TWO = b"one", b"two"


def document(config: bytes, media_types: Sequence[str]) -> dict[str, Any]:
    layers = [
        {"mediaType": media_type, "digest": sha256(b"blob %d" % number), "size": 10 + number}
        for number, media_type in enumerate(media_types)
    ]
    described = {"mediaType": "x", "digest": sha256(config), "size": len(config)}
    return {"schemaVersion": 2, "config": described, "layers": layers}


CONFIG = json.dumps(image_config([ONE, TWO])).encode()


def test_diff_ids_and_blobs_are_paired_in_order() -> None:
    found = pair(document(CONFIG, [LAYER_GZIP, LAYER_ZSTD]), CONFIG, "here")
    assert found == {
        sha256(ONE): Descriptor(LAYER_GZIP, sha256(b"blob 0"), 10),
        sha256(TWO): Descriptor(LAYER_ZSTD, sha256(b"blob 1"), 11),
    }


def test_dockers_word_for_gzip() -> None:
    docker = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    found = pair(document(CONFIG, [docker, docker]), CONFIG, "here")
    assert {layer.media_type for layer in found.values()} == {LAYER_GZIP}


def test_uncompressed_and_foreign_layers_are_not_taken_over() -> None:
    plain = "application/vnd.oci.image.layer.v1.tar"
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    assert pair(document(CONFIG, [plain, foreign]), CONFIG, "here") == {}


def test_a_config_of_another_manifest() -> None:
    other = json.dumps(image_config([TWO, ONE])).encode()
    assert pair(document(CONFIG, [LAYER_GZIP, LAYER_GZIP]), other, "here") == {}


def test_more_layers_than_diff_ids() -> None:
    assert pair(document(CONFIG, [LAYER_GZIP] * 3), CONFIG, "here") == {}


def test_what_is_no_image() -> None:
    with pytest.raises(InvalidImage, match="in here"):
        pair({"schemaVersion": 1}, CONFIG, "here")


def test_no_question_outlives_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest is not there, and the registry is slow to say that the config is not, either."""
    (tmp_path / "skopeo").write_text(f"""#!{need("sh")}
        case "$*" in *--config*) echo $$ >{tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 60 ;; esac
        while [ ! -e {tmp_path}/pid ]; do sleep 0.02; done
        exit 1
    """)
    (tmp_path / "skopeo").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert known_layers(["docker://slow.example/app:1"], Platform("amd64", "linux"), lambda _: [], bool) == {}
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
