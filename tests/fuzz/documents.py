"""Documents and words: JSON itself, lock files, recipes, what people and recipes call an image."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from nixdock_hook.documents import canonical_json
from nixdock_hook.errors import InvalidInput, NixdockError
from nixdock_hook.images.index import read_image, recipes_of
from nixdock_hook.images.recipe import Recipe
from nixdock_hook.layers.content import layer_contents
from nixdock_hook.layers.hashing import hash_layer
from nixdock_hook.layers.perms import Perm, perms_from_json
from nixdock_hook.layers.source import ArchiveSource, BlobSource, StoreSource
from nixdock_hook.oci.reference import parse_reference, parse_remote_reference
from nixdock_hook.oci.timestamp import parse_timestamp, rfc3339
from nixdock_hook.oci.usable import read_usable_manifest
from nixdock_hook.registries.credentials import read_credentials
from nixdock_hook.registries.lock import Lock
from nixdock_hook.sinks.docker_archive import NamedImage, write_docker_archive
from nixdock_hook.sinks.served_image import served_image
from nixdock_hook.trees.tree import Owner, owner_from_json
from tests.support.images import docker_archive, layer, sha256
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree

from . import mutate
from .engine import Files, Target

_DIGEST = "sha256:" + "0" * 64
_PLATFORM = {"architecture": "amd64", "os": "linux"}
_MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": _DIGEST, "size": 2},
    "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": _DIGEST, "size": 5}],
}
_REFERENCES = ["app", "app:1", "team/app:1.2", "registry.example:5000/team/app", f"localhost/app@{_DIGEST}"]
_TIMES = ["1970-01-01T00:00:01Z", "2020-02-02T02:02:02.123456789+01:00", "now", "2024-02-30"]


def any_json(random: Random) -> Files:
    value = {"a": [_MANIFEST], "b": "é", "c": [1, -1.5, None, True]}
    return {"any.json": mutate.json_text(random, mutate.several(random, mutate.json_value, value))}


def check_json(directory: Path) -> str:
    """What is read can be written again, and is what Python's own reader says."""
    data = (directory / "any.json").read_bytes()
    value = canonical_json.load(data, "any.json")
    if json.loads(data.decode()) != value or canonical_json.load(canonical_json.dump(value), "again") != value:
        raise AssertionError("another value")
    return type(value).__name__


def lock(random: Random) -> Files:
    """A lock whose digest fits its manifest, right or wrong."""
    manifest = mutate.json_text(random, mutate.several(random, mutate.json_value, _MANIFEST)).decode(errors="replace")
    value: Any = {"lock": 1, "reference": "registry.example/app:1", "platform": _PLATFORM, "index": None}
    value |= {"digest": sha256(manifest.encode(errors="replace")), "manifest": manifest}
    return {"a.lock.json": mutate.json_text(random, mutate.several(random, mutate.json_value, value))}


def check_lock(directory: Path) -> str:
    """Read it and its manifest; written again it is the same."""
    path = str(directory / "a.lock.json")
    found = Lock.from_json(canonical_json.read_file(path), path)
    if Lock.from_json(json.loads(found.to_text()), path) != found:
        raise AssertionError("another lock")
    return f"{len(read_usable_manifest(found.manifest.encode(), path).layers)} layers"


@cache
def recipes() -> tuple[dict[str, bytes], dict[str, Any]]:
    """Files that a recipe needs, under TOP, and the recipe: a layer of every kind."""
    with TemporaryDirectory() as directory:
        top = Path(directory)
        docker_archive(top / "base.tar", [layer({"b": b"b"})])
        content = layer({"c": b"c"})
        stored = store_layer(tree(top / "path", {"file": "f"}))
        tar = tar_layer(top / "layer.tar", layer({"a": b"a"}))
        perm = Perm(str(top / "path"), "x$", "0640", uid=1)
        changed = StoreSource((str(top / "path"),), (str(top / "path"),), Owner(1, 2), 7, "keep", (perm,))
        diff_id, size = hash_layer(changed)
        layers = [
            tar,
            stored,
            replace(stored, source=changed, diff_id=diff_id, size=size),
            replace(
                tar_layer(top / "c.tar", layer({"b": b"b"})), source=ArchiveSource(str(top / "base.tar"), "0/layer.tar")
            ),
            replace(
                tar_layer(top / "blob", content), source=BlobSource(str(top / "blob"), sha256(content), len(content))
            ),
        ]
        image = recipe(*layers, config={"Env": ["A=b"], "Cmd": ["x"]}, base_holds={"b": _DIGEST})
        recipe_file(top / "recipe", image)
        value = json.loads((top / "recipe/image.json").read_text().replace(directory, "TOP"))
        files = ("base.tar", "layer.tar", "blob", "path/file")
        return {name: (top / name).read_bytes() for name in files}, value


def a_recipe(random: Random) -> Files:
    """A recipe, and the files that it names."""
    files, value = recipes()
    changed = mutate.json_text(random, mutate.several(random, mutate.json_value, value))
    return {**files, "image.json": changed}


def check_recipe(directory: Path) -> str:
    """Serve it and write its archive, under the name that it gives itself."""
    file = directory / "image.json"
    file.write_bytes(file.read_bytes().replace(b"TOP", str(directory).encode()))
    image = read_image(str(file))
    name = str(parse_reference(f"{image.name}:{image.tag}", str(file)))
    with layer_contents() as contents:
        served = served_image(image, name, contents)
    if not served.manifest.data:
        raise AssertionError("no manifest")
    for one in recipes_of(image):
        _write(one, name)
    return "an image"


def _write(image: Recipe, name: str) -> None:
    """Write the docker-archive; never more than the recipe states, with a megabyte for documents and headers."""
    written = io.BytesIO()
    try:
        write_docker_archive([NamedImage.of(image, name)], written)
    finally:
        if len(written.getvalue()) > sum(one.size for one in image.layers) + (1 << 20):
            raise AssertionError("more bytes than the recipe states")


def words(random: Random) -> Files:
    reference = mutate.several(random, mutate.text, random.choice(_REFERENCES))
    given = {
        "reference": reference,
        "time": mutate.several(random, mutate.text, random.choice(_TIMES)),
        "owner": mutate.several(random, mutate.json_value, {"uid": 0, "gid": "100", "uname": "root", "gname": "root"}),
        "perms": mutate.several(random, mutate.json_value, [{"path": "/nix/store/a", "regex": "x", "mode": "0640"}]),
        "auth": mutate.several(random, mutate.json_value, {"auths": {"registry.example": {"auth": "bWU6c2VjcmV0"}}}),
    }
    return {"words.json": json.dumps(given).encode()}


def check_words(directory: Path) -> str:
    """Read each kind of word; counts those that are right."""
    given = json.loads((directory / "words.json").read_text())
    (directory / "auth.json").write_text(json.dumps(given["auth"]))
    readers: list[Callable[[], object]] = [
        lambda: parse_reference(given["reference"]),
        lambda: parse_remote_reference(given["reference"]),
        lambda: rfc3339(parse_timestamp(given["time"], "created")),
        lambda: owner_from_json(given["owner"]) if isinstance(given["owner"], dict) else None,
        lambda: perms_from_json(given["perms"]) if isinstance(given["perms"], list) else None,
        lambda: read_credentials(str(directory / "auth.json"), "registry.example/team/app"),
    ]
    right, wrong = 0, InvalidInput("nothing")
    for reader in readers:
        try:
            reader()
            right += 1
        except NixdockError as error:
            wrong = InvalidInput(error.what, error.where, error.remedy)
    if right < len(readers):
        raise wrong
    return "right words"


DOCUMENTS = [
    Target("json", any_json, check_json),
    Target("locks", lock, check_lock),
    Target("recipes", a_recipe, check_recipe),
    Target("words", words, check_words),
]
