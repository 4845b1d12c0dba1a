from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nixdock_hook.errors import InvalidImage, InvalidInput, NixdockError, ProgramFailed
from nixdock_hook.images.index import write_index
from nixdock_hook.insight.opened.graph import UNMENTIONED
from nixdock_hook.insight.opened.model import EVERYTHING, Wanted
from nixdock_hook.layers.source import ArchiveSource, Layer, StoreSource
from nixdock_hook.oci.model import LAYER_TAR, History, Platform
from nixdock_hook.store.closure import PathInfo
from nixdock_hook.store.nar import nar_hash_and_size
from tests.support import images
from tests.support.nix_images import (
    BASH,
    GLIBC,
    HELLO,
    READLINE,
    REFERENCES,
    STRAY,
    nix_archive,
    nix_layers,
    opened,
    store_files,
)
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree
from tests.support.tools import need

PATHS_ONLY = Wanted.PATHS


class TestArchives:
    def test_its_documents(self, tmp_path: Path) -> None:
        archive = nix_archive(tmp_path / "image.tar")
        with opened(archive, Wanted.DOCUMENTS) as image:
            assert (image.kind, image.source, image.title) == ("docker-archive", str(archive), "base:1")
            assert (str(image.platform), image.created) == ("linux/amd64", "2020-02-02T02:02:02Z")
            assert [(layer.diff_id, layer.size) for layer in image.layers] == [
                (images.sha256(tar), len(tar)) for tar in nix_layers()
            ]
            assert image.paths is None and image.contents is None and not image.roots

    def test_its_store_paths_with_the_references_that_their_files_mention(self, tmp_path: Path) -> None:
        with opened(nix_archive(tmp_path / "image.tar")) as image:
            assert {path.path: path.references for path in image.paths or ()} == REFERENCES
            assert {path.path: path.layer for path in image.paths or ()} == {
                path: number for number, path in enumerate(REFERENCES)
            }
            assert image.roots == {"config.Cmd": (HELLO,)}

    def test_sizes_are_those_of_nars(self, tmp_path: Path) -> None:
        for number, path in enumerate(REFERENCES):
            for name, content in store_files(path, *REFERENCES[path]).items():
                place = tmp_path / str(number) / name
                place.mkdir(parents=True) if content is None else place.write_bytes(os.fsencode(content))
                place.chmod(0o755)
        expected = {path: nar_hash_and_size(f"{tmp_path}/{n}{path}")[1] for n, path in enumerate(REFERENCES)}
        with opened(nix_archive(tmp_path / "image.tar"), PATHS_ONLY) as image:
            assert {path.path: path.nar_size for path in image.paths or ()} == expected

    def test_files_and_links_outside_of_the_store_are_roots(self, tmp_path: Path) -> None:
        more = {"bin__sh": f"{BASH}/bin/sh", "etc__conf": f"x {READLINE}/etc".encode()}
        with opened(nix_archive(tmp_path / "image.tar", {"Labels": {"a": "b"}}, **more)) as image:
            assert image.roots == {"/": (BASH, READLINE), UNMENTIONED: (HELLO,)}
            assert image.contents and image.contents.others[-1].count == 2

    def test_lists_of_all_paths_are_no_roots(self, tmp_path: Path) -> None:
        lists: dict[str, Any] = {
            f"nix__var__nix__gcroots__docker__{'g' * 32}-glibc-2.39": GLIBC,
            "usr__share__sbom__app.cdx.json": f'"{GLIBC}"'.encode(),
        }
        with opened(nix_archive(tmp_path / "image.tar", **lists)) as image:
            assert image.roots == {"config.Cmd": (HELLO,)}

    def test_the_images_own_database_is_asked_first(self, tmp_path: Path) -> None:
        database = tmp_path / "db.sqlite"
        with sqlite3.connect(database) as connection:
            connection.execute(
                "CREATE TABLE ValidPaths (id integer primary key, path text, hash text, narSize integer)"
            )
            connection.execute("CREATE TABLE Refs (referrer integer, reference integer)")
            rows = [(number, path, f"sha256:{number:064}", 99) for number, path in enumerate(REFERENCES, 1)]
            connection.executemany("INSERT INTO ValidPaths VALUES (?, ?, ?, ?)", rows)
            connection.execute("INSERT INTO Refs VALUES (4, 2)")  # which no file says
        connection.close()
        more: dict[str, Any] = {"nix__var__nix__db__db.sqlite": database.read_bytes()}
        with opened(nix_archive(tmp_path / "image.tar", **more)) as image:
            references = {path.path: path.references for path in image.paths or ()}
            assert references == {GLIBC: (), READLINE: (), BASH: (), HELLO: (READLINE,)}

    def test_a_path_that_an_upper_layer_deletes_is_not_there(self, tmp_path: Path) -> None:
        whiteout = f"nix__store__.wh.{STRAY.rpartition('/')[2]}"
        more: dict[str, Any] = {whiteout: b""}
        layers = [images.layer(store_files(STRAY)), *nix_layers(**more)]
        archive = images.docker_archive(tmp_path / "image.tar", layers)
        with opened(archive, PATHS_ONLY) as image:
            assert {path.path for path in image.paths or ()} == REFERENCES.keys()

    def test_compressed_ones_and_one_of_several(self, tmp_path: Path) -> None:
        plain = nix_archive(tmp_path / "image.tar")
        (tmp_path / "image.tar.gz").write_bytes(gzip.compress(plain.read_bytes()))
        with opened(plain) as image, opened(tmp_path / "image.tar.gz", image="base:1") as other:
            assert (image.paths, image.roots, image.config_digest) == (other.paths, other.roots, other.config_digest)
        with pytest.raises(InvalidInput, match="there is no image base:2"), opened(plain, image="base:2"):
            pass
        with pytest.raises(InvalidInput, match="write NAME:TAG"), opened(plain, image="base"):
            pass


class TestRecipes:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        glibc = tree(tmp_path / f"{'g' * 32}-glibc-2.39", {"lib": "libc"})
        hello = tree(tmp_path / f"{'h' * 32}-hello-2.12.1", {"bin": f"{glibc.name}"})
        root = tree(tmp_path / "root", {"etc": f"/nix/store/{hello.name}"})
        bottom, top = store_layer(glibc), store_layer(hello)
        assert isinstance(top.source, StoreSource)
        rooted = replace(top, source=replace(top.source, root=(str(root),)))
        return recipe_file(tmp_path / "recipe", recipe(bottom, self._hashed(rooted)))

    @staticmethod
    def _hashed(layer: Layer) -> Layer:
        from nixdock_hook.layers.hashing import hash_layer

        diff_id, size = hash_layer(layer.source)  # type: ignore[arg-type]
        return replace(layer, diff_id=diff_id, size=size)

    def test_what_nix_does_not_know_is_read(self, place: Path) -> None:
        with opened(place) as image:
            assert image.kind == "recipe" and image.manifest and image.title == "app:1"
            assert {path.path: path.references for path in image.paths or ()} == {GLIBC: (), HELLO: (GLIBC,)}
            assert image.roots == {"/": (HELLO,)}
            assert [layer.from_base for layer in image.layers] == [False, False]

    def test_what_nix_knows_is_not_read(self, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def known(paths: object) -> dict[str, PathInfo]:
            return {str(path): PathInfo(str(path), (GLIBC, HELLO), "sha256:0", 1234) for path in paths}  # type: ignore[attr-defined]

        monkeypatch.setattr("nixdock_hook.insight.opened.store_paths.registered", known)
        for path in tmp_path.glob("*/lib"):
            path.unlink()  # whoever reads it fails
        with opened(place, PATHS_ONLY) as image:
            assert {(path.path, path.nar_size) for path in image.paths or ()} == {(GLIBC, 1234), (HELLO, 1234)}

    def test_by_its_file_a_link_or_a_program_that_names_it(self, place: Path, tmp_path: Path) -> None:
        (tmp_path / "result").symlink_to(place)
        program = tmp_path / "stream-app"
        program.write_text(f"#!/bin/sh\nPATH=x\nexec env python3 hook stream {place} --tag la''test \"$@\"\n")
        package = tmp_path / "package"
        (package / "bin").mkdir(parents=True)
        (package / "bin" / "copy").symlink_to(program)
        for word in (place / "image.json", tmp_path / "result", program, package):
            with opened(word, PATHS_ONLY) as image:
                assert (image.kind, image.title, len(image.paths or ())) == ("recipe", "app:1", 2), word

    def test_the_tag_of_a_program_where_the_recipe_has_none(self, tmp_path: Path) -> None:
        place = recipe_file(
            tmp_path / "recipe", recipe(tar_layer(tmp_path / "l.tar", images.layer({"a": b""})), tag=None)
        )
        (tmp_path / "program").write_text(f"#!/bin/sh\nexec x stream {place} --tag ab''cd \"$@\"\n")
        with opened(tmp_path / "program", Wanted.DOCUMENTS) as image:
            assert image.tag == "abcd"

    def test_the_image_of_an_index_for_a_machine(self, tmp_path: Path) -> None:
        layer = tar_layer(tmp_path / "layer.tar", images.layer({"a": b""}))
        names = []
        for architecture in ("amd64", "arm64"):
            one = recipe(layer, name="other", platform=Platform(architecture, "linux"))
            names.append(str(recipe_file(tmp_path / architecture, one)))
        write_index("team/app", "3", names, str(tmp_path / "index"))
        with opened(tmp_path / "index", Wanted.DOCUMENTS) as image:
            assert (image.title, str(image.platform)) == ("team/app:3", "linux/amd64")
        from nixdock_hook.insight.opened.model import Choice
        from nixdock_hook.insight.opened.opening import open_image

        choice = Choice("s390x")
        with (
            pytest.raises(InvalidInput, match="it has linux/amd64, linux/arm64: choose with --arch"),
            open_image(str(tmp_path / "index"), Wanted.DOCUMENTS, choice),
        ):
            pass

    def test_a_base_from_elsewhere_is_named_and_read_only_where_that_is_wanted(self, tmp_path: Path) -> None:
        archive = nix_archive(tmp_path / "base.tar")
        tars = nix_layers()
        base = [
            Layer(images.sha256(tar), len(tar), LAYER_TAR, History(), ArchiveSource(str(archive), f"{n}/layer.tar"))
            for n, tar in enumerate(tars)
        ]
        stray = tree(tmp_path / f"{'s' * 32}-stray-1", {"file": f"{HELLO}"})
        held = {path.rpartition("/")[2]: f"sha256:{0:064}" for path in REFERENCES}
        place = recipe_file(tmp_path / "recipe", recipe(*base, store_layer(stray), base_holds=held))
        with opened(place) as image:
            assert [layer.from_base for layer in image.layers] == [True] * 4 + [False]
            assert {path.path: path.references for path in image.paths or ()} == {**REFERENCES, STRAY: (HELLO,)}
            assert {path.path: path.layer for path in image.paths or ()}[STRAY] == 4


class TestLayouts:
    def test_a_layout_has_a_manifest_and_compressed_layers(self, tmp_path: Path) -> None:
        archive = nix_archive(tmp_path / "image.tar")
        command = [
            need("skopeo"),
            "--insecure-policy",
            "copy",
            "-q",
            f"docker-archive:{archive}",
            f"oci:{tmp_path}/o:1",
        ]
        subprocess.run(command, check=True)
        with opened(tmp_path / "o") as image, opened(archive) as other, opened(f"oci:{tmp_path}/o") as named:
            assert (image.kind, image.tag, image.paths) == ("oci-layout", "1", other.paths)
            assert image.manifest and (tmp_path / "o/blobs/sha256" / image.manifest[7:]).exists()
            assert all(layer.blob and "gzip" in layer.blob.media_type for layer in image.layers)
            assert named.manifest == image.manifest


class TestBadInput:
    @pytest.mark.parametrize("content", [b"", b"no image at all", b"#!/bin/sh\nexec 'x\n", b"\0" * 2000])
    def test_a_file_that_is_no_image(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(NixdockError) as raised, opened(tmp_path / "file"):
            pass
        assert str(tmp_path / "file") in str(raised.value) and "\n" not in str(raised.value)

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        (tmp_path / "result").symlink_to("gone")
        for name, what in (("nowhere", "there is no such file"), ("result", "a link to nothing")):
            with (
                pytest.raises(InvalidInput, match=f"^{what}.*give a recipe, an image of nixdock"),
                opened(tmp_path / name),
            ):
                pass

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        message = "^this is a pipe, not a file in .*write it to a file"
        with pytest.raises(InvalidInput, match=message), opened(tmp_path / "pipe"):
            pass

    def test_a_layer_that_is_not_what_the_config_says(self, tmp_path: Path) -> None:
        config = images.image_config([images.layer({"other": b""})])
        archive = images.docker_archive(tmp_path / "image.tar", [images.layer({"file": b""})], image=config)
        with pytest.raises(InvalidImage, match="its config states"), opened(archive):
            pass

    def test_a_registry_that_nobody_is(self) -> None:
        with pytest.raises(ProgramFailed, match="cannot reach the registry"), opened("docker://127.0.0.1:1/app"):
            pass

    def test_a_runtime_whose_client_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        docker = tmp_path / "docker"
        docker.write_text('#!/bin/sh\necho "$@" >&2\nexit 1\n')
        docker.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        with (
            pytest.raises(ProgramFailed, match="^docker cannot save the image in app:1: save -- app:1$"),
            opened("docker-daemon:app:1"),
        ):
            pass


def test_what_a_runtime_saves_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = nix_archive(tmp_path / "image.tar")
    podman = tmp_path / "podman"
    podman.write_text(f"#!/bin/sh\ncat {archive}\n")
    podman.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with opened("podman:app", EVERYTHING) as image:
        assert (image.kind, image.source, len(image.paths or ())) == ("podman", "podman:app", 4)
