"""Base images: docker-archives and OCI layouts, through all that is done with a base."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stderr
from functools import cache, partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from nixdock_hook.steps import base_registration, export_image, import_image
from tests.support.images import Files as Members
from tests.support.images import image_config, layer, sha256

from . import mutate
from .databases import SCHEMA
from .engine import Files, Target

A, B = (f"nix/store/{letter * 32}-{letter}" for letter in "ab")
_CONFIG = {"Env": ["PATH=/bin", "A=b"], "Cmd": ["/bin/sh"], "Labels": {"a": "b"}, "ExposedPorts": {"80/tcp": {}}}
_COMPRESSORS: list[Callable[[bytes], bytes]] = [
    partial(gzip.compress, compresslevel=1),
    partial(lzma.compress, preset=0),
    partial(bz2.compress, compresslevel=1),
]
_LAYER_TYPES = ["application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip"]


@cache
def layers() -> list[bytes]:
    """Right layers: a small system, store paths with a Nix database, what removes and links."""
    with TemporaryDirectory() as directory, closing(sqlite3.connect(f"{directory}/db")) as database:
        database.executescript(SCHEMA)
        database.commit()
        content = Path(directory, "db").read_bytes()
    system: Members = {"bin": None, "bin/sh": b"#!", "etc/passwd": b"root", "link": "bin/sh", "d/e/f": b"f"}
    store: Members = {f"{A}/bin/x": b"x", f"{A}/{'long/' * 30}x": b"y", B: "/nix", "nix/var/nix/db/db.sqlite": content}
    removed: Members = {"bin/.wh.sh": b"", "d/.wh..wh..opq": b"", f"nix/store/.wh.{'b' * 32}-b": b"", "etc": "bin"}
    return [layer(system), layer(store), layer(removed), _linked(), layer({})]


def _linked() -> bytes:
    """A layer of GNU tar's form, with a hard link, a device and a fifo."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, kind, target in (
            *(
                ("file", tarfile.REGTYPE, ""),
                ("hard", tarfile.LNKTYPE, "file"),
                ("n" * 150, tarfile.SYMTYPE, "t" * 150),
            ),
            *(("device", tarfile.CHRTYPE, ""), ("fifo", tarfile.FIFOTYPE, "")),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.devmajor, member.devminor = kind, target, 1, 3
            tar.addfile(member)
    return buffer.getvalue()


def _some_layers(random: Random) -> list[bytes]:
    """A few layers, of which one may be wrong."""
    chosen = random.sample(layers(), random.randrange(1, 4))
    if random.random() < 0.6:
        index = random.randrange(len(chosen))
        chosen[index] = mutate.several(random, mutate.tar, chosen[index])
    return chosen


def _packed(random: Random, data: bytes) -> bytes:
    """Compressed, sometimes damaged, sometimes in several members."""
    compress = random.choice(_COMPRESSORS)
    if random.random() < 0.1:
        half = len(data) // 2
        return compress(data[:half]) + compress(data[half:]) + bytes(random.choice((0, 0, 3, 512)))
    packed = compress(data)
    if random.random() < 0.3:
        packed = mutate.raw(random, packed)
    if random.random() < 0.05:
        packed += gzip.compress(zlib.compress(bytes(1 << 20)), 9)
    return packed


def _tar(members: Sequence[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _maybe(random: Random, value: Any) -> Any:
    """A JSON value, seldom a wrong one."""
    return mutate.several(random, mutate.json_value, value) if random.random() < 0.2 else value


def archive(random: Random) -> Files:
    """A docker-archive: the diff IDs fit, so that what is wrong inside of a layer is read."""
    contents = _some_layers(random)
    names = [f"{number}/layer.tar" for number in range(len(contents))]
    config = _maybe(random, image_config(contents, _CONFIG))
    manifest = _maybe(random, [{"Config": "config.json", "RepoTags": ["base:1"], "Layers": names}])
    stored = [_packed(random, data) if random.random() < 0.2 else data for data in contents]
    documents = [("config.json", _document(random, config)), ("manifest.json", _document(random, manifest))]
    whole = _tar([*documents, *zip(names, stored, strict=True)])
    if random.random() < 0.3:
        whole = mutate.several(random, mutate.tar, whole)
    return {"image.tar": _packed(random, whole) if random.random() < 0.1 else whole}


def _document(random: Random, value: Any) -> bytes:
    if random.random() < 0.1:
        return mutate.json_text(random, value)
    return json.dumps(value, ensure_ascii=True).encode()


def layout(random: Random) -> Files:
    """An OCI layout, as a directory or a tar, or what skopeo's `dir:` makes; the digests of most blobs fit."""
    contents = _some_layers(random)
    blobs: dict[str, bytes] = {}

    def blob(data: bytes, kind: str) -> dict[str, Any]:
        digest = sha256(data)
        blobs["blobs/" + digest.replace(":", "/")] = data
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    described = []
    for data in contents:
        packed = random.random() < 0.5
        described.append(blob(_packed(random, data) if packed else data, _LAYER_TYPES[packed]))
    config = _document(random, _maybe(random, image_config(contents, _CONFIG)))
    manifest: Any = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(config, "application/vnd.oci.image.config.v1+json"),
        "layers": described,
    }
    document = _document(random, _maybe(random, manifest))
    if random.random() < 0.2:
        beside = {f"image/{name.rpartition('/')[2]}": data for name, data in blobs.items()}
        return beside | {"image/manifest.json": document}
    entry = blob(document, manifest["mediaType"])
    entry["annotations"] = {"org.opencontainers.image.ref.name": "base:1"}
    for _ in range(random.choice((0, 0, 1, 3))):
        index = {"schemaVersion": 2, "manifests": [entry | {"platform": {"os": "linux", "architecture": "amd64"}}]}
        entry = blob(_document(random, _maybe(random, index)), "application/vnd.oci.image.index.v1+json")
    top = _document(random, _maybe(random, {"schemaVersion": 2, "manifests": [entry]}))
    if random.random() < 0.1:
        name = random.choice(list(blobs))
        blobs[name] = mutate.raw(random, blobs[name])
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": top, **blobs}
    if random.random() < 0.3:
        return {"image.tar": _tar(list(files.items()))}
    return {f"image/{name}": data for name, data in files.items()}


def check(directory: Path) -> str:
    """Import the image; export its root file system; read what it has of the store. All as the steps do it."""
    [source] = directory.iterdir()
    place = {name: str(directory / name) for name in ("recipe", "exported", "registration")}
    said = io.StringIO()
    import_image.run(import_image.Spec(str(source), None, None, "amd64"), {}, place["recipe"])
    export_image.run(export_image.Spec(place["recipe"]), {}, place["exported"])
    with redirect_stderr(said):
        base_registration.run(base_registration.Spec(place["recipe"]), {"base": []}, place["registration"])
    if any("Traceback" in line or len(line) > 5000 for line in said.getvalue().splitlines()):
        raise AssertionError("a warning that is no short line")
    return "with a warning" if said.getvalue() else "an image"


IMAGES = [Target("archives", archive, check), Target("layouts", layout, check)]
