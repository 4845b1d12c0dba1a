"""What a copy that ends early leaves in the runtime; real ones are in tests/system/test_copy_runtimes.py."""

from __future__ import annotations

import json
import socket
import ssl
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.request import urlopen

import pytest

from nixdock_hook.copying.runtimes import Runtime
from nixdock_hook.copying.to_runtime import copy_to_runtime
from nixdock_hook.errors import ProgramFailed
from nixdock_hook.images.recipe import Recipe
from nixdock_hook.oci.model import Descriptor
from nixdock_hook.process import Stop
from nixdock_hook.sinks.compressed import LayerCompression
from nixdock_hook.sinks.listener import Listener
from tests.support.images import layer, sha256
from tests.support.recipes import recipe, tar_layer
from tests.support.tools import need


class Names(Runtime):
    """A runtime that keeps the names of images alone; what happens before it gives one a name, and after it pulled."""

    program = "engine"

    def __init__(self, before_tag: Callable[[], None] = lambda: None, after_pull: Callable[[], None] = lambda: None):
        super().__init__(())
        self.names = set[str]()
        self._before_tag, self._after_pull = before_tag, after_pull

    def pull(self, reference: str, stop: Stop) -> None:
        name, _, tag = reference.partition("/")[2].rpartition(":")
        with urlopen(f"http://{reference.partition('/')[0]}/v2/{name}/manifests/{tag}", timeout=10):
            self.names.add(reference)
        self._after_pull()

    def tag(self, reference: str, name: str) -> None:
        self._before_tag()
        assert reference in self.names
        self.names.add(name)

    def remove(self, reference: str) -> None:
        self.names.remove(reference)


def copied(tmp_path: Path, runtime: Names) -> set[str]:
    copy_to_runtime(recipe(tar_layer(tmp_path / "layer", b"1")), "named:2", runtime, Listener())
    return runtime.names


def test_the_name_alone_stays(tmp_path: Path) -> None:
    assert copied(tmp_path, Names()) == {"named:2"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ProgramFailed("docker failed")])
@pytest.mark.parametrize("when", ["before_tag", "after_pull"])
def test_nothing_stays_of_a_copy_that_ended(tmp_path: Path, error: BaseException, when: str) -> None:
    def end() -> None:
        raise error

    runtime = Names(**{when: end})
    with pytest.raises(type(error)):
        copied(tmp_path, runtime)
    assert runtime.names == set()


class Messages(Listener):
    """Keeps what is told; size: of what goes into an archive. sent: bytes of layers, by digest."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.size = 0
        self.moved: dict[str, int] = {}

    def note(self, text: str) -> None:
        self.notes.append(text)

    def archived(self, count: int) -> None:
        self.size += count

    def sent(self, blob: Descriptor, count: int) -> None:
        self.moved[blob.digest] = self.moved.get(blob.digest, 0) + count


class Loader(Names):
    """A runtime that does not reach this machine, and reads an archive instead: into a file."""

    why = "connection refused"

    def __init__(self, archive: Path) -> None:
        super().__init__()
        self.archive = archive

    @property
    def load(self) -> tuple[str, ...]:
        return (need("sh"), "-c", 'cat > "$0"', str(self.archive))

    def pull(self, reference: str, stop: Stop) -> None:
        raise ProgramFailed("docker failed", "", self.why)


@pytest.mark.parametrize(("reads", "notes"), [(True, 0), (False, 1)])
def test_a_health_check_that_the_runtime_does_not_take_is_noted(tmp_path: Path, reads: bool, notes: int) -> None:
    image = recipe(tar_layer(tmp_path / "layer", b"1"), config={"Healthcheck": {"Test": ["NONE"]}})
    runtime, told = Names(), Messages()
    runtime.reads_docker_keys = reads
    copy_to_runtime(image, "named:2", runtime, told)
    assert [note.startswith("the Healthcheck is docker's own: podman takes it") for note in told.notes] == [
        True
    ] * notes


def test_the_listener_is_told_what_goes_into_an_archive(tmp_path: Path) -> None:
    told = Messages()
    copy_to_runtime(recipe(tar_layer(tmp_path / "layer", b"1")), "named:2", Loader(tmp_path / "archive"), told)
    assert told.size == (tmp_path / "archive").stat().st_size > 0
    assert told.notes == [
        "engine cannot pull from this machine: sending the whole image (docker failed: connection refused)"
    ]


class Suspicious(Loader):
    """An engine that believes 127.0.0.1 no more than any other address: it speaks TLS to it, or does not speak."""

    def pull(self, reference: str, stop: Stop) -> None:
        host, _, port = reference.partition("/")[0].rpartition(":")
        context = ssl.create_default_context()
        with socket.create_connection((host, int(port)), timeout=10) as connection, pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_hostname=host)
        why = f'Get "https://{host}:{port}/v2/": http: server gave HTTP response to HTTPS client'
        raise ProgramFailed("docker failed", "", why)


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_an_engine_that_takes_no_plain_http_loads_the_image(tmp_path: Path, compression: LayerCompression) -> None:
    told = Messages()
    image = recipe(tar_layer(tmp_path / "layer", layer({"file": b"1"})))
    copy_to_runtime(image, "named:2", Suspicious(tmp_path / "archive"), told, compression)
    [note] = [note for note in told.notes if "sending" in note]
    assert note.startswith("engine takes no plain http from 127.0.0.1: sending the whole image (docker failed: Get ")
    with tarfile.open(tmp_path / "archive") as tar:
        assert ("index.json" in tar.getnames()) == (compression == "gzip")
        manifest = tar.extractfile("manifest.json")
        assert manifest and json.load(manifest)[0]["RepoTags"] == ["named:2"]


class Misled(Loader):
    """An engine whose 127.0.0.1 is another machine's, where something else listens at the same port."""

    def pull(self, reference: str, stop: Stop) -> None:
        self.names.add(reference)


def test_what_is_not_pulled_from_us_gets_no_name(tmp_path: Path) -> None:
    told, runtime = Messages(), Misled(tmp_path / "archive")
    copy_to_runtime(recipe(tar_layer(tmp_path / "layer", b"1")), "named:2", runtime, told)
    assert runtime.names == set() and (tmp_path / "archive").exists()
    assert "something else answers" in told.notes[0]


class Elsewhere(Names):
    """A runtime with a network of its own, in which we can listen."""

    def __init__(self) -> None:
        super().__init__()
        self.there = socket.create_server(("127.0.0.1", 0))

    def listening(self) -> socket.socket:
        return self.there


def test_it_is_pulled_from_the_socket_that_the_runtime_reaches(tmp_path: Path) -> None:
    told, runtime = Messages(), Elsewhere()
    port = runtime.there.getsockname()[1]
    pulled: list[str] = []
    pull = runtime.pull

    def noted(reference: str, stop: Stop) -> None:
        pulled.append(reference)
        pull(reference, stop)

    runtime.pull = noted  # type: ignore[method-assign]
    copy_to_runtime(recipe(tar_layer(tmp_path / "layer", b"1")), "named:2", runtime, told)
    assert pulled == [f"127.0.0.1:{port}/app:1"] or pulled == [f"127.0.0.1:{port}/named:2"]
    assert runtime.names == {"named:2"}
    assert told.notes == ["engine has a network of its own: it pulls from inside that"]


class Unpacked(Names):
    """An engine with containerd's store, which has unpacked all layers but the last from another form already."""

    def __init__(self, archive: Path, program: str = 'cat > "$0"', whole: Sequence[bool] = (False, True)) -> None:
        super().__init__()
        self._archive, self._program, self._whole = archive, program, iter(whole)

    @property
    def load(self) -> tuple[str, ...]:
        return (need("sh"), "-c", self._program, str(self._archive))

    def pull(self, reference: str, stop: Stop) -> None:
        host, _, name = reference.partition("/")
        place = f"http://{host}/v2/{name.rpartition(':')[0]}"
        with urlopen(f"{place}/manifests/{name.rpartition(':')[2]}", timeout=10) as answer:
            manifest = json.load(answer)
        for blob in (manifest["config"], manifest["layers"][-1]):
            with urlopen(f"{place}/blobs/{blob['digest']}", timeout=10) as answer:
                answer.read()
        self.names.add(reference)

    def is_whole(self, reference: str) -> bool:
        assert reference in self.names
        return next(self._whole)


class TestLayersOfAnotherForm:
    def copied(self, tmp_path: Path, runtime: Unpacked) -> tuple[Recipe, Messages]:
        told = Messages()
        layers = [tar_layer(tmp_path / str(n), layer({"file": b"%d" % n})) for n in range(3)]
        image = recipe(*layers)
        copy_to_runtime(image, "named:2", runtime, told)
        assert runtime.names == {"named:2"}
        return image, told

    def test_what_was_not_pulled_is_loaded(self, tmp_path: Path) -> None:
        image, told = self.copied(tmp_path, Unpacked(tmp_path / "archive"))
        diff_ids = [layer.diff_id for layer in image.layers]
        with tarfile.open(tmp_path / "archive") as tar:
            names = set(tar.getnames())
            index = tar.extractfile("index.json")
            assert index
            [described] = json.load(index)["manifests"]
        assert described["annotations"]["io.containerd.image.name"] == "docker.io/library/named:2"
        manifest = f"blobs/{described['digest'].replace(':', '/')}"
        config = f"blobs/{sha256(image.oci_config()).replace(':', '/')}"
        blobs = {manifest, config, *(f"blobs/sha256/{diff_id[7:]}" for diff_id in diff_ids[:2])}
        assert names == {"oci-layout", "index.json", "manifest.json", *blobs}
        assert told.size == 0  # nothing says that all of it was sent
        assert {digest: told.moved[digest] for digest in diff_ids} == {one.diff_id: one.size for one in image.layers}
        [note] = told.notes
        assert note == "engine has layers of another form, and could neither save nor push the image: loading 0.0 MB"

    def test_what_is_whole_is_left_alone(self, tmp_path: Path) -> None:
        _, told = self.copied(tmp_path, Unpacked(tmp_path / "archive", whole=(True,)))
        assert not (tmp_path / "archive").exists() and told.notes == []

    @pytest.mark.parametrize(
        ("program", "whole", "why"),
        [
            ("echo full >&2; cat >/dev/null; exit 1", (False,), "(engine failed: full)"),
            (
                "cat >/dev/null; echo Error unpacking image app: full",
                (False,),
                "(engine failed: Error unpacking image app: full)",
            ),
            ("cat >/dev/null", (False, False), "(they are still not there)"),
        ],
    )
    def test_without_them_it_runs(self, tmp_path: Path, program: str, whole: Sequence[bool], why: str) -> None:
        _, told = self.copied(tmp_path, Unpacked(tmp_path / "archive", program, whole))
        assert told.notes[-1].startswith(
            f"warning: named:2 can run, but not be saved or pushed {why}: remove the other"
        )


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_runtime_that_knows_no_zstd(tmp_path: Path, compression: LayerCompression) -> None:
    def end() -> None:
        raise ProgramFailed("docker failed", "", "archive/tar: invalid tar header")

    image = recipe(tar_layer(tmp_path / "layer", layer({"file": b"1"})))
    with pytest.raises(ProgramFailed) as caught:
        copy_to_runtime(image, "named:2", Names(after_pull=end), Listener(), compression)
    assert ("--layer-compression gzip" in str(caught.value)) == (compression == "zstd")


def test_layers_are_compressed_on_request(tmp_path: Path) -> None:
    told, runtime = Messages(), Unpacked(tmp_path / "archive", whole=(True,))
    image = recipe(tar_layer(tmp_path / "layer", layer({"file": bytes(100_000)})))
    copy_to_runtime(image, "named:2", runtime, told, "gzip")
    assert told.notes == ["compressing 1 layers, 0.1 MB"]
    [moved] = [size for digest, size in told.moved.items() if size > 400 or digest == image.layers[0].diff_id] or [0]
    assert moved < 2000 and image.layers[0].diff_id not in told.moved
