"""What the layers of a base image hold."""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from nixdock_hook.errors import InvalidImage, StoreChanged
from nixdock_hook.layers.base_layers import MOST_LAYERS, BaseLayers, LayerReader, read_base_layers, read_layer, subtract
from nixdock_hook.oci.model import LAYER_GZIP, LAYER_TAR, LAYER_ZSTD
from nixdock_hook.trees.identity import path_digest
from nixdock_hook.trees.overlay import MOST_IMPLIED
from tests.support.archives import open_archive
from tests.support.images import Files, docker_archive, image_config, layer, sha256
from tests.support.tools import ROOT, need

PLAIN = layer({"nix/store/a-1": b"x"})


def zstd(data: bytes) -> bytes:
    return subprocess.run([need("zstd"), "-qc"], input=data, check=True, capture_output=True).stdout


def parents(tmp_path: Path, *layers: bytes, stated: list[bytes] | None = None) -> BaseLayers:
    path = docker_archive(tmp_path / "base.tar", layers, image=image_config(stated or layers))
    with open_archive(str(path)) as archive:
        return read_base_layers(archive, archive.pick())


def holds(held: BaseLayers, path: Path) -> bool:
    """Whether an image on these layers leaves the path out."""
    here = {str(path.with_name(name)): digest for name, digest in held.holds.items()}
    return not subtract([str(path)], here, path_digest)


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """A store path with everything that one may have in it."""
    path = tmp_path / "store" / "a-1"
    (path / "bin").mkdir(parents=True)
    (path / "bin/x").write_bytes(b"12345")
    (path / "caf\udce9").write_bytes(b"")
    (path / "empty").mkdir()
    (path / "link").symlink_to("bin/x")
    (path / "lost").symlink_to("/nowhere")
    os.link(path / "bin/x", path / "same")
    for file in ("bin/x", "caf\udce9"):
        (path / file).chmod(0o755)  # as members have it
    return path


FILES: Files = {
    "nix/store/a-1": None,
    "nix/store/a-1/same": b"12345",
    "nix/store/a-1/lost": "/nowhere",
    "nix/store/a-1/link": "bin/x",
    "nix/store/a-1/empty": None,
    "nix/store/a-1/caf\udce9": b"",
    "nix/store/a-1/bin/x": b"12345",
}


def test_a_whole_path_is_held(store_path: Path, tmp_path: Path) -> None:
    assert holds(parents(tmp_path, layer(FILES)), store_path)


@pytest.mark.parametrize(
    "change",
    [
        {"nix/store/a-1/more": b""},
        {"nix/store/a-1/bin/x": b"123456"},
        {"nix/store/a-1/bin/x": b"54321"},
        {"nix/store/a-1/link": "bin/y"},
        {"nix/store/a-1/link": b""},
        {"nix/store/a-1/empty": "bin"},
        {"nix/store/a-1/.wh.lost": b""},
        {"nix/store/a-1/.wh..wh..opq": b""},
        {"nix/store/.wh.a-1": b""},
        {"nix/store/a-1": "elsewhere"},
    ],
)
def test_a_changed_path_is_not_held(change: Files, store_path: Path, tmp_path: Path) -> None:
    assert not holds(parents(tmp_path, layer(FILES), layer(change)), store_path)


@pytest.mark.parametrize("missing", [name for name in FILES if name != "nix/store/a-1"])
def test_a_part_of_a_path_is_not_held(missing: str, store_path: Path, tmp_path: Path) -> None:
    part = {name: content for name, content in FILES.items() if name != missing}
    assert not holds(parents(tmp_path, layer(part)), store_path)


def test_a_path_in_several_layers_is_held(store_path: Path, tmp_path: Path) -> None:
    items = list(FILES.items())
    assert holds(parents(tmp_path, layer(dict(items[:3])), layer(dict(items[3:]))), store_path)


def test_a_path_that_was_deleted_and_came_back_is_held(store_path: Path, tmp_path: Path) -> None:
    whiteout = layer({"nix/store/.wh.a-1": b""})
    assert not holds(parents(tmp_path, layer(FILES), whiteout), store_path)
    assert holds(parents(tmp_path, layer(FILES), whiteout, layer(FILES)), store_path)


@pytest.mark.parametrize("front", ["/", "./", ".//", "./x/../"])
def test_names_in_every_form(front: str, store_path: Path, tmp_path: Path) -> None:
    files = {front + name: content for name, content in FILES.items()}
    assert holds(parents(tmp_path, layer(files | {"./": None})), store_path)


def test_what_gnu_tar_packs_is_held_with_its_hard_links(store_path: Path, tmp_path: Path) -> None:
    command = [need("tar"), "-c", "-C", str(tmp_path), "--transform=s,^store,./nix/store,", "store"]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert any(member.islnk() for member in tar)
    assert holds(parents(tmp_path, packed), store_path)


@pytest.mark.parametrize("content", [b"file", "target"])
def test_a_store_path_may_be_a_file_or_a_symlink(content: bytes | str, tmp_path: Path) -> None:
    path = tmp_path / "b-1"
    if isinstance(content, str):
        path.symlink_to(content)
    else:
        path.write_bytes(content)
        path.chmod(0o755)
    held = parents(tmp_path, layer({"nix/store/b-1": content}))
    assert holds(held, path)
    assert list(held.holds) == ["b-1"]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """A member with the content of FILES."""
    info = tarfile.TarInfo(name)
    content = FILES.get(name) if kind == tarfile.REGTYPE else b""
    info.type, info.linkname, info.mode = kind, link, 0o755
    for field, value in fields.items():
        setattr(info, field, value)
    data = content if isinstance(content, bytes) else b"54321"
    info.size = len(data)
    return info, data


def members(*given: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in given:
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


TOOL = "nix/store/a-1/bin/x"


@pytest.mark.parametrize(
    "change",
    [
        [member(TOOL, mode=0o644)],
        [member(TOOL, mode=0o4755)],
        [member(TOOL, mode=0o777)],
        [member(TOOL, mode=0o700)],
        [member(TOOL, pax_headers={"SCHILY.xattr.security.capability": "x"})],
        [member("nix/store/a-1/empty", tarfile.DIRTYPE, mode=0o777)],
        [member("nix/store/a-1/empty", tarfile.DIRTYPE, mode=0o700)],
        [member(TOOL, tarfile.CHRTYPE)],
        [member("setuid", tarfile.LNKTYPE, TOOL, mode=0o4755)],
        [member("x", tarfile.SYMTYPE, "nix/store/a-1"), member("x/bin/x")],
        [member("x", tarfile.SYMTYPE, "nix/store/a-1"), member("x/bin/.wh.x")],
        [member("x", tarfile.SYMTYPE, "nix/store/a-1"), member("x/empty", tarfile.DIRTYPE, mode=0o777)],
        [member("x", tarfile.SYMTYPE, "nix"), member("y", tarfile.SYMTYPE, "x/store"), member("y/a-1/bin/x")],
        [member("nix/store/b", tarfile.SYMTYPE, "a-1"), member("nix/store/b/bin/x")],
    ],
)
def test_what_a_container_would_see_of_a_path_counts(
    change: list[tuple[tarfile.TarInfo, bytes]], store_path: Path, tmp_path: Path
) -> None:
    files = [member(name) for name in FILES if isinstance(FILES[name], bytes)]
    rest = layer({name: content for name, content in FILES.items() if not isinstance(content, bytes)})
    assert holds(parents(tmp_path, rest, members(*files)), store_path)
    assert not holds(parents(tmp_path, rest, members(*files, *change)), store_path)
    assert not holds(parents(tmp_path, rest, members(*files), members(*change)), store_path)


def test_what_does_not_reach_the_store_does_not_count(store_path: Path, tmp_path: Path) -> None:
    harmless = members(
        member("lib64", tarfile.SYMTYPE, "lib"),
        member("etc/passwd", mode=0o4777),
        member("twice", tarfile.LNKTYPE, "etc/passwd", mode=0o600),
        member("nix/store/a-1/again", tarfile.SYMTYPE, "x"),
        member("nix/store/a-1/.wh.again"),
    )
    assert holds(parents(tmp_path, layer(FILES), harmless, layer({"nix/store/a-1/.wh.again": b""})), store_path)


def test_a_base_without_a_store(tmp_path: Path) -> None:
    assert parents(tmp_path, layer({"etc/passwd": b""})).holds == {}
    assert parents(tmp_path, layer({"nix/store": "/data"})).holds == {}


@pytest.mark.parametrize(
    ("compress", "media_type"), [(bytes, LAYER_TAR), (gzip.compress, LAYER_GZIP), (zstd, LAYER_ZSTD)]
)
def test_the_digest_is_that_of_the_uncompressed_tar(
    compress: Callable[[bytes], bytes], media_type: str, tmp_path: Path
) -> None:
    held = parents(tmp_path, compress(PLAIN), stated=[PLAIN])
    (found,) = held.layers
    assert (found.diff_id, found.size, found.media_type) == (sha256(PLAIN), len(PLAIN), media_type)
    assert set(held.holds) == {"a-1"}


@pytest.mark.parametrize("tail", [b"", bytes(3_000_000), b"anything"])
def test_bytes_behind_the_end_blocks_belong_to_the_digest(tail: bytes) -> None:
    found, _ = read_layer(io.BytesIO(PLAIN + tail), "here")
    assert (found.diff_id, found.size) == (sha256(PLAIN + tail), len(PLAIN + tail))


@pytest.mark.parametrize("data", [b"", bytes(1024)])
def test_an_empty_layer(data: bytes, tmp_path: Path) -> None:
    held = parents(tmp_path, data)
    assert (held.layers[0].diff_id, held.holds) == (sha256(data), {})


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        info = tarfile.TarInfo("nix/store/a-1")
        info.size = 256 << 20
        file.write(info.tobuf())
        file.truncate(512 + info.size)
    script = (
        "import sys; from nixdock_hook.layers.base_layers import read_layer;"
        "read_layer(open(sys.argv[1], 'rb'), 'here');"
        "print(open('/proc/self/status').read())"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "large")]
    status = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    # Not getrusage, whose maximum begins with that of the process that forked this one.
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    assert int(peak) < 50 << 10


def test_identical_layers_twice_stay_twice(tmp_path: Path) -> None:
    assert [found.diff_id for found in parents(tmp_path, PLAIN, PLAIN).layers] == [sha256(PLAIN)] * 2


def test_names_that_nix_does_not_give_are_passed_over(tmp_path: Path) -> None:
    assert list(parents(tmp_path, layer({"nix/store/caf\udce9": b"", "nix/store/a-1": b""})).holds) == ["a-1"]


# Bad input


def test_a_layer_with_another_digest_than_its_config_states(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage) as caught:
        parents(tmp_path, PLAIN, stated=[layer({})])
    assert caught.value.what == f"the layer has the digest {sha256(PLAIN)} but its config states {sha256(layer({}))}"
    assert caught.value.where == f"member '0/layer.tar' of {tmp_path / 'base.tar'}"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"no tar at all" * 100, "damaged or truncated tar"),
        (layer({"a": bytes(10_000)})[:5000], "damaged or truncated tar"),
        (gzip.compress(PLAIN)[:-20], "damaged gzip data"),
        (layer({"../x": b""}), "'../x' climbs out of the root"),
        (layer({"/nix/../../x": b""}), "'/nix/../../x' climbs out of the root"),
        (layer({"nix/store/../../../.wh.x": b""}), "'nix/store/../../../.wh.x' climbs out of the root"),
    ],
)
def test_a_bad_layer(data: bytes, what: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidImage) as caught:
        parents(tmp_path, data)
    assert caught.value.what.startswith(what)
    assert caught.value.where == f"member '0/layer.tar' of {tmp_path / 'base.tar'}"


def test_a_hard_link_that_climbs_out(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("nix/store/a")
        info.type, info.linkname = tarfile.LNKTYPE, "../../etc/shadow"
        tar.addfile(info)
    with pytest.raises(InvalidImage, match="'../../etc/shadow' climbs out of the root in member"):
        parents(tmp_path, buffer.getvalue())


def test_a_store_path_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(StoreChanged, match=r"cannot read the store path \(No such file or directory\) in .*/gone: "):
        path_digest(str(tmp_path / "gone"))


@pytest.mark.parametrize("count", [MOST_LAYERS, MOST_LAYERS + 1])
def test_how_many_layers_there_may_be(count: int, tmp_path: Path) -> None:
    empty = layer({})
    if count <= MOST_LAYERS:
        assert len(parents(tmp_path, *[empty] * count).layers) == count
    else:
        with pytest.raises(InvalidImage, match="an image of 501 layers in .*: Linux mounts 500 at most"):
            parents(tmp_path, *[empty] * count)


def test_layers_that_together_become_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nixdock_hook.bases.decompress.FREE_EXPANSION", 2_000_000)
    plain = [layer({f"file{number}": bytes(900_000)}) for number in range(3)]
    packed = [gzip.compress(data) for data in plain]
    assert len(parents(tmp_path, *packed[:2], stated=plain[:2]).layers) == 2
    with pytest.raises(InvalidImage, match="[0-9]+ compressed bytes become more than 2000000 in member '2/layer.tar'"):
        parents(tmp_path, *packed, stated=plain)


def test_a_layer_that_occurs_many_times_is_read_once(tmp_path: Path) -> None:
    tar = gzip.compress(PLAIN)
    path = docker_archive(tmp_path / "base.tar", [tar, tar], image=image_config([PLAIN, PLAIN]))
    with open_archive(str(path)) as archive:
        image, opened = archive.pick(), list[str]()

        class Files:
            where = archive.where

            def open(self, name: str) -> BinaryIO:
                opened.append(name)
                return archive.open(name)

        image = replace(image, layers=("0/layer.tar", "0/layer.tar"))
        assert len(LayerReader(Files()).read(image).layers) == 2
    assert opened == ["0/layer.tar"]


@pytest.mark.parametrize("count", [MOST_IMPLIED // 1000, MOST_IMPLIED // 1000 + 1])
def test_how_many_directories_names_may_imply(count: int, tmp_path: Path) -> None:
    data = layer({"nix/": None, "nix/store/": None} | {f"nix/store/{n}" + "/d" * 999 + "/f": b"" for n in range(count)})
    if count * 1000 <= MOST_IMPLIED:
        assert len(parents(tmp_path, data).holds) == count
    else:
        with pytest.raises(InvalidImage, match="more than 50000 directories that are no members, .* in member '0/lay"):
            parents(tmp_path, data)
