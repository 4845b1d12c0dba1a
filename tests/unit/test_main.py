"""The process around a command: exit codes, one line for an error, steps by their name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import images
from tests.support.command import COMMAND, command_environment, error_of, nixdock, usage_error_of
from tests.support.recipes import recipe, recipe_file, tar_layer
from tests.support.server import wait_until
from tests.support.tools import ROOT, need


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A recipe of one small layer."""
    return recipe_file(tmp_path / "recipe", recipe(tar_layer(tmp_path / "layer.tar", images.layer({"file": b"1"}))))


def attributes(top: Path, out: Path, spec: dict[str, Any]) -> None:
    top.mkdir()
    (top / ".attrs.json").write_text(json.dumps({"spec": spec, "outputs": {"out": str(out)}, "path": []}))


class TestErrors:
    def test_one_line_and_status_1(self, tmp_path: Path) -> None:
        error = error_of("stream", tmp_path / "nothing")
        assert error == f"there is no recipe in {tmp_path}/nothing: build one: nix-build -A NAME.recipe"

    def test_of_the_operating_system_likewise(self, tmp_path: Path, stored: Path) -> None:
        error = error_of("archive", stored, tmp_path / "no-directory/archive.tar")
        where = f"{tmp_path}/no-directory/archive.tar"
        assert error == f"No such file or directory in {where}: check that its directory exists, and how it is written"

    def test_of_what_is_there_already_the_remedy_is_another_place(self, tmp_path: Path, stored: Path) -> None:
        error = error_of("archive", "--format", "oci", stored, tmp_path)
        assert error == f"File exists in {tmp_path}: remove it first, or name another place"

    def test_others_are_seen_in_full_with_debugging(self, tmp_path: Path, stored: Path) -> None:
        (tmp_path / "link").symlink_to("link")
        error = error_of("archive", stored, tmp_path / "link")
        assert error.endswith(": NIXDOCK_DEBUG=1 shows what was tried")

    def test_a_name_in_bytes_is_shown_as_text(self) -> None:
        code = (
            "import sys; from nixdock_hook import __main__ as top\n"
            "def fails(words): raise PermissionError(13, 'Permission denied', b'/build/tree/x')\n"
            "top._run = fails; top.main([])"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
        assert done.stderr.startswith(b"nixdock: error: Permission denied in /build/tree/x: ")

    def test_debugging_shows_where_they_come_from(self, tmp_path: Path) -> None:
        done = nixdock("stream", tmp_path / "nothing", NIXDOCK_DEBUG="1")
        assert done.returncode == 1
        assert b"Traceback" in done.stderr and b"nixdock_hook/images/recipe.py" in done.stderr
        assert b"InvalidInput: there is no recipe in " in done.stderr

    def test_debugging_shows_those_of_the_operating_system_too(self, tmp_path: Path, stored: Path) -> None:
        done = nixdock("archive", stored, tmp_path / "no-directory/file", NIXDOCK_DEBUG="1")
        assert done.returncode == 1 and b"Traceback" in done.stderr and b"FileNotFoundError" in done.stderr

    def test_any_other_value_does_not(self, tmp_path: Path) -> None:
        assert error_of("stream", tmp_path / "nothing", NIXDOCK_DEBUG="0").startswith("there is no recipe")


class TestPasswords:
    """None is printed, by whatever command and wherever it stands."""

    @pytest.mark.parametrize(
        "words",
        [
            ("copy", "RECIPE", "docker://alice:s3c/r@t@registry.example/app:1"),
            ("copy", "RECIPE", "alice:s3c/r@t@registry.example/app:1"),
            ("copy", "RECIPE", "docker:alice:s3c/r@t@registry.example/app:1"),
            ("copy", "RECIPE", "oci:x", "--reuse-from", "docker://alice:s3c/r@t@registry.example/app:1"),
            ("copy", "RECIPE", "oci:x", "--reuse-from", "alice:s3c/r@t@registry.example/app:1"),
            ("copy", "RECIPE", "docker://registry.example/app:1", "--dest-creds", "alice:s3c/r@t"),
            ("copy", "RECIPE", "docker://registry.example/app:1", "--dest-creds=alice:s3c/r@t"),
            ("stream", "RECIPE", "-t", "alice:s3c/r@t@registry.example/app:1"),
            ("lock", "alice:s3c/r@t@registry.example/app:1"),
            ("lock", "docker://alice:s3c/r@t@registry.example/app:1"),
            ("prefetch", "alice:s3c/r@t@registry.example/app", "1"),
        ],
    )
    @pytest.mark.parametrize("debug", ["0", "1"])
    def test_it_is_left_out(self, stored: Path, words: tuple[str, ...], debug: str) -> None:
        done = nixdock(*(str(stored) if word == "RECIPE" else word for word in words), NIXDOCK_DEBUG=debug)
        assert done.returncode in (1, 2) and done.stdout == b""
        assert b"s3c" not in done.stderr and b"r@t" not in done.stderr

    def test_the_error_says_how_to_log_in(self, stored: Path) -> None:
        error = error_of("copy", stored, "docker://alice:s3cr3t@registry.example:5000/app:1")
        what = "a reference has room for neither user nor password in registry.example:5000"
        assert error == f"{what}: log in first: skopeo login registry.example:5000, or give a file of credentials"


class TestStreams:
    """Of a service or a cron job one may be closed; what reads the messages may go away."""

    @pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_a_closed_one(self, tmp_path: Path, stored: Path, closed: str) -> None:
        assert self._shell(f'"$@" {closed}', "copy", stored, f"dir:{tmp_path}/copy") == 0
        assert (tmp_path / "copy/manifest.json").exists()

    def test_a_full_disk_below_stdout_is_named(self) -> None:
        done = self._run('"$@" > /dev/full', "--help")
        assert done.returncode == 1
        assert done.stderr.startswith(b"nixdock: error: No space left on device in stdout: ")

    def test_stdout_that_is_closed_is_an_error_for_what_writes_there(self) -> None:
        done = self._run('"$@" >&-', "--help")
        assert done.returncode == 1 and done.stderr.startswith(b"nixdock: error: Bad file descriptor in stdout: ")

    def test_a_reader_that_goes_away(self) -> None:
        done = self._run('{ sleep 0.5; "$@"; echo $? >&2; } | head -c0', "--help")
        assert done.stderr == b"141\n"  # SIGPIPE, as of other programs

    def test_messages_that_go_nowhere_do_not_change_the_status(self, tmp_path: Path) -> None:
        for redirection in ("2>&-", "2> /dev/full"):
            assert self._shell(f'"$@" {redirection}', "stream", tmp_path / "nothing") == 1

    def test_nobody_reads_the_messages(self, tmp_path: Path, stored: Path) -> None:
        script = '{ sleep 0.3; "$@" 2>&1; echo $? >&3; } 3>status | head -c0; exit $(cat status)'
        assert self._shell(script, "copy", stored, f"dir:{tmp_path}/copy", cwd=tmp_path) == 0
        assert (tmp_path / "copy/manifest.json").exists()

    @staticmethod
    def _run(script: str, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
        command = [need("sh"), "-c", script, "sh", *COMMAND, *arguments]
        environment = command_environment(PYTHONUNBUFFERED="")
        return subprocess.run(command, env=environment, cwd=cwd, stderr=subprocess.PIPE, check=False)

    def _shell(self, script: str, *arguments: str | Path, cwd: Path | None = None) -> int:
        return self._run(script, *arguments, cwd=cwd).returncode


class TestSignals:
    @pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    def test_what_was_begun_goes_away(self, tmp_path: Path, stored: Path, number: int, status: int) -> None:
        (tmp_path / "layer.tar").unlink()
        os.mkfifo(tmp_path / "layer.tar")  # nobody ever writes to it
        command = [*COMMAND, "archive", str(stored), str(tmp_path / "archive.tar")]
        with subprocess.Popen(command, env=command_environment(), stderr=subprocess.PIPE) as program:
            wait_until(lambda: any(tmp_path.glob(".nixdock.*.new")), "the archive is begun")
            time.sleep(0.1)
            program.send_signal(number)
            assert program.communicate(timeout=20)[1] == b""
        assert program.returncode == status
        assert {path.name for path in tmp_path.iterdir()} == {"layer.tar", "recipe"}


class TestSteps:
    def test_a_step_is_called_by_its_name_with_hyphens(self, tmp_path: Path) -> None:
        archive = images.docker_archive(tmp_path / "base.tar", [images.layer({"a": b""})])
        spec = {"archive": str(archive), "name": None, "tag": None, "architecture": "amd64"}
        attributes(tmp_path / "top", tmp_path / "out", spec)
        done = nixdock("step", "import-image", NIX_BUILD_TOP=str(tmp_path / "top"))
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert json.loads((tmp_path / "out/image.json").read_bytes())["name"] == "base"

    def test_a_step_that_fails(self, tmp_path: Path) -> None:
        attributes(tmp_path / "top", tmp_path / "out", {"recipe": f"{tmp_path}/nothing"})
        error = error_of("step", "export-image", NIX_BUILD_TOP=str(tmp_path / "top"))
        assert error.startswith(f"there is no recipe in {tmp_path}/nothing: ")
        assert not (tmp_path / "out").exists()

    def test_outside_of_a_derivation(self, tmp_path: Path) -> None:
        error = error_of("step", "config", NIX_BUILD_TOP=str(tmp_path), NIX_ATTRS_JSON_FILE="")
        assert error == "there is no .attrs.json in the build directory: steps run in derivations: see run-step.nix"

    @pytest.mark.parametrize("name", ["no-such-step", "no.such.step"])
    def test_an_unknown_step(self, name: str) -> None:
        assert usage_error_of("step", name) == f"there is no step '{name}'"

    def test_a_step_that_lacks_a_module_is_not_an_unknown_step(self) -> None:
        program = (
            "import sys; sys.modules['nixdock_hook.images.recipe'] = None; import nixdock_hook.__main__ as m; m.main()"
        )
        command = [sys.executable, "-c", program, "step", "import-image"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert b"ModuleNotFoundError: import of nixdock_hook.images.recipe halted" in done.stderr
        assert b"there is no step" not in done.stderr

    def test_a_step_loads_none_of_the_commands_for_people(self, tmp_path: Path) -> None:
        attributes(tmp_path / "top", tmp_path / "out", {"config": {}})
        command = [sys.executable, "-X", "importtime", "-m", "nixdock_hook", "step", "config"]
        environment = {"NIX_BUILD_TOP": str(tmp_path / "top"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
        assert b" nixdock_hook.documents.canonical_json\n" in done.stderr and b" argparse\n" not in done.stderr

    def test_what_it_still_has_to_say_is_said_at_the_end(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", "print('said', end=''); import nixdock_hook.__main__ as m; m.main()", "lock"]
        done = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0 and done.stdout.startswith(b"saidusage: nixdock lock ")


class TestUsage:
    @pytest.mark.parametrize("arguments", [(), ("no-such-command",), ("stream",), ("step",), ("step", "a", "b")])
    def test_wrong_use_is_status_2_and_one_line(self, arguments: tuple[str, ...]) -> None:
        assert usage_error_of(*arguments)

    def test_the_line_says_what_is_wrong_and_where_help_is(self) -> None:
        done = nixdock("archive", "recipe", "file", "--format", "x")
        assert done.stderr.startswith(b"nixdock: error: argument --format: invalid choice: 'x' (choose from ")
        assert done.stderr.endswith(b" in the command line: nixdock archive --help says what there is\n")

    def test_help_names_the_commands(self) -> None:
        done = nixdock("--help")
        assert done.returncode == 0 and b"stream" in done.stdout and b"archive" in done.stdout
