"""`nixdock stream` and `nixdock archive`, as people and pipes meet them."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import subprocess
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nixdock_hook.images.recipe import Recipe
from nixdock_hook.layers.source import StoreSource
from tests.support import images
from tests.support.command import COMMAND, command_environment, error_of, nixdock, repo_tags, streamed, usage_error_of
from tests.support.recipes import recipe, recipe_file, store_layer, tar_layer, tree
from tests.support.server import wait_until
from tests.support.tools import need

LAYER = images.layer({"file": b"content"})


@pytest.fixture
def image(tmp_path: Path) -> Recipe:
    return recipe(tar_layer(tmp_path / "layer.tar", LAYER), name="team/app", tag="1.2")


@pytest.fixture
def stored(tmp_path: Path, image: Recipe) -> Path:
    return recipe_file(tmp_path / "recipe", image)


class TestStream:
    def test_it_is_the_archive(self, tmp_path: Path, stored: Path) -> None:
        archive = streamed(stored)
        assert repo_tags(archive) == ["team/app:1.2"]
        (tmp_path / "archive.tar").write_bytes(archive)
        assert images.layers_of(tmp_path / "archive.tar") == [LAYER]

    def test_a_recipe_may_be_named_by_its_file(self, stored: Path) -> None:
        assert streamed(stored / "image.json") == streamed(stored)

    @pytest.mark.parametrize("compression", ["gzip", "zstd"])
    def test_with_compressed_layers(self, tmp_path: Path, stored: Path, compression: str) -> None:
        archive = streamed(stored, "--layer-compression", compression)
        assert repo_tags(archive) == ["team/app:1.2"] and LAYER not in archive
        nixdock("archive", stored, tmp_path / "archive.tar", "--layer-compression", compression)
        assert (tmp_path / "archive.tar").read_bytes() == archive

    def test_an_unknown_compression(self, stored: Path) -> None:
        done = nixdock("stream", stored, "--layer-compression", "xz")
        assert (done.returncode, done.stdout) == (2, b"") and b"'xz'" in done.stderr

    def test_a_terminal_is_refused(self, stored: Path) -> None:
        ours, theirs = pty.openpty()
        try:
            done = subprocess.run(
                [*COMMAND, "stream", stored],
                stdout=theirs,
                stderr=subprocess.PIPE,
                env=command_environment(),
                check=False,
            )
            os.close(theirs)
            with pytest.raises(OSError, match="Input/output error"):  # the end of a terminal nobody wrote to
                os.read(ours, 1)
        finally:
            os.close(ours)
        error = "nixdock: error: an archive would go to the terminal in stdout: pipe it: … | docker load\n"
        assert (done.returncode, done.stderr.decode()) == (1, error)

    def test_a_reader_that_goes_away_ends_it_at_once_and_quietly(self, tmp_path: Path) -> None:
        large = tmp_path / "path"
        large.mkdir()
        with (large / "file").open("wb") as file:
            file.truncate(1 << 28)
        stored = recipe_file(tmp_path / "recipe", recipe(store_layer(large)))
        started = time.monotonic()
        with subprocess.Popen(
            [*COMMAND, "stream", stored], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=command_environment()
        ) as stream:
            head = subprocess.run([need("head"), "-c", "10"], stdin=stream.stdout, capture_output=True, check=True)
            assert stream.stdout is not None and stream.stderr is not None
            stream.stdout.close()
            messages = stream.stderr.read()
            status = stream.wait(20)
        assert head.stdout == b"manifest.j"
        assert (status, messages) == (-signal.SIGPIPE, b"")
        assert time.monotonic() - started < 20

    def test_a_disk_that_is_full_is_an_error(self, stored: Path) -> None:
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [*COMMAND, "stream", stored],
                stdout=full,
                stderr=subprocess.PIPE,
                env=command_environment(),
                check=False,
            )
        message = done.stderr.decode()
        assert done.returncode == 1 and message.count("\n") == 1
        assert message.startswith("nixdock: error: No space left on device in stdout: ")

    def test_stdout_that_is_closed_is_an_error(self, stored: Path) -> None:
        for words in (f"stream {stored}", f"archive {stored} -", f"archive {stored} /dev/stdout"):
            command = [need("sh"), "-c", f'"$@" {words} >&-', "sh", *COMMAND]
            done = subprocess.run(command, env=command_environment(), stderr=subprocess.PIPE, check=False)
            name = "/dev/stdout" if "/dev" in words else "stdout"
            assert done.returncode == 1
            assert done.stderr.decode().startswith(f"nixdock: error: Bad file descriptor in {name}: ")

    def test_a_layer_that_changed_since_is_an_error(self, tmp_path: Path) -> None:
        place = tree(tmp_path / "path", {"file": "content"})
        stored = recipe_file(tmp_path / "recipe", recipe(store_layer(place)))
        (place / "file").write_text("altered")
        assert error_of("stream", stored).startswith("the layer is now sha256:")


class TestArchive:
    def test_it_holds_what_the_stream_gives(self, tmp_path: Path, stored: Path) -> None:
        done = nixdock("archive", stored, tmp_path / "archive.tar")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert (tmp_path / "archive.tar").read_bytes() == streamed(stored)

    def test_a_terminal_shows_how_far_it_is(self, tmp_path: Path, stored: Path) -> None:
        for options, said in (((), True), (("--quiet",), False), (("--format", "oci"), True)):
            main, side = os.openpty()
            command = [*COMMAND, "archive", *options, stored, tmp_path / f"archive{len(options)}{said}"]
            subprocess.run(command, env=command_environment(), stderr=side, check=True)
            os.close(side)
            assert (b": written in " in (os.read(main, 10_000) if said else b"")) == said
            os.close(main)

    def test_compressed(self, tmp_path: Path, stored: Path) -> None:
        for compressor in ("gz", "gzip", "zstd"):
            assert nixdock("archive", "--compressor", compressor, stored, tmp_path / compressor).returncode == 0
        unpacked = subprocess.run([need("zstd"), "-dc", tmp_path / "zstd"], capture_output=True, check=True).stdout
        assert gzip.decompress((tmp_path / "gzip").read_bytes()) == unpacked == streamed(stored)
        assert (tmp_path / "gz").read_bytes() == (tmp_path / "gzip").read_bytes()  # dockerTools' word for it

    def test_another_compressor_is_wrong_use(self, tmp_path: Path, stored: Path) -> None:
        assert "invalid choice: 'xz'" in usage_error_of("archive", "--compressor", "xz", stored, tmp_path / "archive")

    def test_a_failure_leaves_no_file_behind(self, tmp_path: Path, stored: Path) -> None:
        (tmp_path / "layer.tar").write_bytes(b"altered")
        out = tmp_path / "out"
        out.mkdir()
        error = error_of("archive", stored, out / "archive.tar")
        assert error.startswith("the layer is now sha256:") and f" in {tmp_path}/layer.tar: " in error
        assert list(out.iterdir()) == []

    def test_an_interrupt_ends_it_quietly_and_leaves_no_file_behind(self, tmp_path: Path) -> None:
        large, out = tmp_path / "path", tmp_path / "out"
        large.mkdir()
        out.mkdir()
        with (large / "file").open("wb") as file:
            file.truncate(1 << 34)  # no test waits until that is hashed
        layer = replace(store_layer(tree(tmp_path / "small", {})), source=StoreSource((str(large),)), size=1 << 35)
        stored = recipe_file(tmp_path / "recipe", recipe(layer))
        command = [*COMMAND, "archive", "--compressor", "gz", str(stored), str(out / "archive.tar.gz")]
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=command_environment()) as archive:
            wait_until(lambda: any(file.stat().st_size for file in out.iterdir()), "the archive has begun")
            archive.send_signal(signal.SIGINT)
            _, messages = archive.communicate(timeout=20)
        assert (archive.returncode, messages) == (130, b"")
        assert list(out.iterdir()) == []

    def test_a_directory_is_not_replaced(self, tmp_path: Path, stored: Path) -> None:
        (tmp_path / "out").mkdir()
        assert error_of("archive", stored, tmp_path / "out").startswith("Is a directory in ")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["layer.tar", "out", "recipe"]


class TestPlaces:
    def test_stdout(self, stored: Path) -> None:
        done = nixdock("archive", stored, "-")
        assert (done.stdout, done.stderr) == (streamed(stored), b"")
        assert gzip.decompress(nixdock("archive", stored, "-", "--compressor", "gz").stdout) == done.stdout

    def test_the_name_of_stdout(self, tmp_path: Path, stored: Path) -> None:
        assert nixdock("archive", stored, "/dev/stdout").stdout == streamed(stored)

    def test_a_fifo(self, tmp_path: Path, stored: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        command = [*COMMAND, "archive", str(stored), str(tmp_path / "fifo")]
        with subprocess.Popen(command, env=command_environment()) as archive:
            assert (tmp_path / "fifo").read_bytes() == streamed(stored)
        assert archive.returncode == 0 and (tmp_path / "fifo").is_fifo()

    def test_a_link_to_a_file(self, tmp_path: Path, stored: Path) -> None:
        (tmp_path / "file").write_text("old")
        (tmp_path / "link").symlink_to("file")
        assert nixdock("archive", stored, tmp_path / "link").returncode == 0
        assert (tmp_path / "link").is_symlink() and (tmp_path / "file").read_bytes() == streamed(stored)

    def test_a_full_disk_is_named(self, stored: Path) -> None:
        for options in ((), ("--compressor", "gz"), ("--compressor", "zstd")):
            error = error_of("archive", stored, "/dev/full", *options)
            assert error.startswith("No space left on device in /dev/full: ")

    @pytest.mark.parametrize("words", [(), ("--format", "oci")])
    def test_the_order_of_before(self, tmp_path: Path, stored: Path, words: tuple[str, ...]) -> None:
        done = nixdock("archive", *words, tmp_path / "out", stored)
        warning = b"nixdock: warning: the order of arguments is now: nixdock archive RECIPE FILE\n"
        assert (done.returncode, done.stderr) == (0, warning)
        assert (tmp_path / "out").exists()

    def test_where_none_is_a_recipe_the_first_one_is_meant(self, tmp_path: Path) -> None:
        error = error_of("archive", tmp_path / "none", tmp_path / "out")
        assert error.startswith(f"there is no recipe in {tmp_path}/none: ")


@pytest.mark.parametrize("form", ["docker", "oci"])
def test_the_name_of_a_tar_says_how_it_is_compressed(tmp_path: Path, stored: Path, form: str) -> None:
    for ending in ("tar", "tar.gz", "tgz", "tar.zst"):
        nixdock("archive", "--format", form, stored, tmp_path / f"a.{ending}")
    plain = (tmp_path / "a.tar").read_bytes()
    for ending, program in (("tar.gz", "gzip"), ("tgz", "gzip"), ("tar.zst", "zstd")):
        assert subprocess.check_output([need(program), "-dc", tmp_path / f"a.{ending}"]) == plain
    nixdock("archive", "--format", form, "--compressor", "none", stored, tmp_path / "a.tgz")
    assert (tmp_path / "a.tgz").read_bytes() == plain


class TestOciLayout:
    def test_a_directory_instead_of_a_file(self, tmp_path: Path, stored: Path) -> None:
        done = nixdock("archive", "--format", "oci", stored, tmp_path / "layout", "-t", "other:7")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        [described] = json.loads((tmp_path / "layout/index.json").read_text())["manifests"]
        assert described["annotations"] == {
            "io.containerd.image.name": "docker.io/library/other:7",
            "org.opencontainers.image.ref.name": "7",
        }

    def test_a_tar(self, tmp_path: Path, stored: Path) -> None:
        file = tmp_path / "image.tar"
        done = nixdock("archive", "--format", "oci", stored, file)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert nixdock("archive", "--format", "oci", stored, "-").stdout == file.read_bytes()
        packed = nixdock("archive", "--format", "oci", stored, "-", "--compressor", "gz").stdout
        assert gzip.decompress(packed) == file.read_bytes()
        with tarfile.open(file) as tar:
            names = tar.getnames()
        assert (names[0], names[-2:]) == ("oci-layout", ["index.json", "manifest.json"])

    def test_layers_as_they_are(self, tmp_path: Path, stored: Path) -> None:
        nixdock("archive", "--format", "oci", "--layer-compression", "none", stored, tmp_path / "layout")
        layers = [path.read_bytes() for path in (tmp_path / "layout/blobs/sha256").iterdir()]
        assert LAYER in layers

    def test_what_is_there_is_not_replaced(self, tmp_path: Path, stored: Path) -> None:
        assert error_of("archive", "--format", "oci", stored, stored).startswith(f"File exists in {stored}: ")

    def test_a_directory_is_not_compressed(self, tmp_path: Path, stored: Path) -> None:
        error = usage_error_of("archive", "--format", "oci", "--compressor", "gzip", stored, tmp_path / "layout")
        assert error == f"the directory {tmp_path}/layout cannot be compressed as a whole"
        assert not (tmp_path / "layout").exists()


def test_a_health_check_that_podman_does_not_take(tmp_path: Path) -> None:
    image = recipe(tar_layer(tmp_path / "layer", LAYER), config={"Healthcheck": {"Test": ["NONE"]}})
    stored = recipe_file(tmp_path / "recipe", image)
    for words, warned in (("", False), ("--format=oci", True), ("--layer-compression=gzip", True)):
        for quiet in ([], ["--quiet"]):
            done = nixdock("archive", *words.split(), *quiet, stored, tmp_path / "file.tar")
            assert (b"nixdock: warning: the Healthcheck is docker's own" in done.stderr) == (warned and not quiet)


def test_only_copy_passes_words_on(stored: Path) -> None:
    error = usage_error_of("stream", stored, "--", "--dest-creds", "a:b")
    assert error.startswith("only `nixdock copy` and `nixdock serve` pass on")
