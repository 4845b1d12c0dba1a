"""A few seeded faults for each command; tests/fuzz/faults.py puts in many more, by hand."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import COMMAND, command_environment
from tests.support.docker import Docker
from tests.support.fault_trials import docker_trial, file_trials, image, registry_trials
from tests.support.faults import Trial, interrupted
from tests.support.registry import Registry, registry_server
from tests.support.tools import need, need_root, output

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FILES = ("stream", "archive", "archive-zstd", "layout", "copy-oci", "copy-archive", "serve")
REGISTRY = ("copy-registry", "lock", "lock-update", "prefetch")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return image(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that has theirs:1."""
    directory = tmp_path_factory.mktemp("registry")
    with registry_server(directory) as registry:
        theirs = image(directory, "theirs")
        place = f"docker://{registry.host}/theirs:1"
        command = (*COMMAND, "copy", "-q", theirs, place, "--", "--dest-tls-verify=false")
        output(*command, env=command_environment())
        yield registry


def calibrated(trials: list[Trial], name: str, top: Path) -> Trial:
    trial = next(trial for trial in trials if trial.name == name)
    trial.calibrate(top / "calibration")
    return trial


@pytest.mark.parametrize("name", FILES)
def test_signals_where_files_are_written(tmp_path: Path, stored: Path, name: str) -> None:
    need("skopeo")
    trial = calibrated(file_trials(stored), name, tmp_path)
    assert interrupted(trial, tmp_path, 4, 10, SIGNALS) == []


@pytest.mark.parametrize("name", REGISTRY)
def test_signals_where_a_registry_is_asked(tmp_path: Path, stored: Path, private: Registry, name: str) -> None:
    need("skopeo")
    trial = calibrated(registry_trials(stored, private), name, tmp_path)
    assert interrupted(trial, tmp_path, 4, 10, SIGNALS) == []


def test_signals_where_docker_pulls(tmp_path: Path, stored: Path, docker: Docker) -> None:
    trial = docker_trial(stored, docker)
    trial.calibrate(tmp_path / "calibration")
    assert interrupted(trial, tmp_path, 4, 10, SIGNALS) == []


@pytest.mark.parametrize("kilobytes", [4, 300])
@pytest.mark.parametrize("name", ["archive", "archive-zstd", "layout", "copy-oci"])
def test_disks_that_are_too_small(tmp_path: Path, stored: Path, name: str, kilobytes: int) -> None:
    need_root("a file system of its own")
    trial = next(trial for trial in file_trials(stored) if trial.name == name)
    limit = f'mount -t tmpfs -o size={kilobytes}k none "$1"'
    error = r"No space left on device in \S*target: |skopeo failed: .*no space left"
    assert trial.confine(tmp_path / "place", limit, error) == (True, [])


@pytest.mark.parametrize("name", ["archive", "archive-gz", "layout", "copy-archive"])
def test_files_that_may_not_grow(tmp_path: Path, stored: Path, name: str) -> None:
    trial = next(trial for trial in file_trials(stored) if trial.name == name)
    error = r"File too large in \S*target: |skopeo failed: "
    assert trial.confine(tmp_path / "place", "ulimit -S -f 64", error) == (True, [])


def test_it_finds_what_is_left_and_what_is_half(tmp_path: Path) -> None:
    """The harness itself, on a command that is as bad as it can be."""
    script = "import sys, time, pathlib as p; d = p.Path(sys.argv[1]); (d / 'target').write_text('half')\n"
    script += "(d / 'more').touch(); import subprocess as s; s.Popen(['sleep', '60'], stderr=-3); time.sleep(60)"
    trial = Trial("bad", lambda place: ["-c", script, place.out], lambda place: str((place.out / "target").exists()))
    trial.whole.add("False")
    trial.program = ("python3",)
    found = trial.interrupt(tmp_path / "place", signal.SIGINT, 2.0, group=False)
    assert any("KeyboardInterrupt" in problem for problem in found)
    assert {"sleep still runs", "leaves more", "the target is neither as it was nor whole"} <= set(found)
    _, found = trial.confine(tmp_path / "limited", 'touch "$1/more"; set -- sh -c "echo bad >&2; exit 3"', ".")
    assert found == ["status 3, says b'bad\\n'", "leaves more"]
