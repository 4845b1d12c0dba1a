from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from nixdock_hook.errors import ProgramFailed
from nixdock_hook.process import PIPE, STDOUT, communicate, run, start
from tests.support.tools import need

SH = need("sh")


def test_returns_what_the_program_wrote() -> None:
    assert run([SH, "-c", "printf one; printf two"], stdout=PIPE) == b"onetwo"


def test_messages_go_to_our_stderr_and_are_not_returned(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([SH, "-c", "echo message >&2; printf output"], stdout=PIPE) == b"output"
    assert capfd.readouterr() == ("", "message\n")


def test_output_that_nobody_asked_for_goes_to_our_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([SH, "-c", "echo output"]) == b""
    assert capfd.readouterr() == ("output\n", "")


def test_a_program_does_not_read_our_stdin() -> None:
    assert run([need("cat")], stdout=PIPE) == b""


def test_reads_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"content")
    with (tmp_path / "input").open("rb") as file:
        assert run([need("cat")], stdin=file, stdout=PIPE) == b"content"


def test_runs_in_a_directory_and_with_an_environment(tmp_path: Path) -> None:
    output = run([SH, "-c", "pwd -P; echo $GREETING $HOME"], stdout=PIPE, cwd=str(tmp_path), env={"GREETING": "hello"})
    assert output.decode().splitlines() == [str(tmp_path.resolve()), "hello"]


@pytest.mark.parametrize(
    ("script", "ending"), [("exit 3", "exit status 3"), ("kill -9 $$", "signal 9"), ("exit 255", "exit status 255")]
)
def test_a_failure_says_for_whom_and_how_it_ended(script: str, ending: str) -> None:
    with pytest.raises(ProgramFailed) as caught:
        run([SH, "-c", script], what="the script `extraCommands`")
    assert str(caught.value) == f"the script `extraCommands` failed with {ending}: its messages are above"


def test_a_failure_names_the_program_where_nothing_else_is_said() -> None:
    with pytest.raises(ProgramFailed, match=f"^{SH} failed with exit status 1: "):
        run([SH, "-c", "exit 1"])


@pytest.mark.parametrize("runner", [run, start])
def test_a_program_that_is_not_there_is_named(runner: Callable[[list[str]], object]) -> None:
    with pytest.raises(ProgramFailed) as caught:
        runner(["no-such-program-of-nixdock"])
    what = "there is no program 'no-such-program-of-nixdock' in PATH"
    assert str(caught.value) == f"{what}: install it, or add its directory to PATH"


def test_both_pipes_of_a_program_that_may_end_when_it_likes() -> None:
    program = start([SH, "-c", "echo out; echo err >&2"], stdout=PIPE, stderr=PIPE)
    assert communicate(program, bool) == (b"out\n", b"err\n")


def test_a_program_that_is_no_longer_wanted() -> None:
    program = start([need("sleep"), "60"], stdout=PIPE, stderr=PIPE)
    assert communicate(program, lambda: True) == (b"", b"")
    assert program.returncode == -signal.SIGTERM


def test_a_program_does_not_outlive_an_interrupt() -> None:
    def interrupted() -> object:
        raise KeyboardInterrupt

    program = start([need("sleep"), "60"], stdout=PIPE, stderr=PIPE)
    with pytest.raises(KeyboardInterrupt):
        communicate(program, interrupted)
    assert program.wait(10) == -signal.SIGKILL
    program.communicate()


class TestCommunicate:
    def test_the_end_of_what_was_said(self) -> None:
        program = start([SH, "-c", "echo 1; echo 2 >&2; exit 3"], stdout=PIPE, stderr=STDOUT)
        assert (communicate(program, bool, 100)[0], program.returncode) == (b"1\n2\n", 3)
        program = start([SH, "-c", "i=0; while [ $i -lt 9999 ]; do i=$((i + 1)); echo line $i; done"], stdout=PIPE)
        assert communicate(program, bool, 20)[0] == b"line 9998\nline 9999\n"

    def test_it_is_ended(self) -> None:
        program = start([need("sleep"), "100"], stdout=PIPE)
        assert (communicate(program, lambda: True, 1)[0], program.returncode) == (b"", -signal.SIGTERM)

    def test_it_is_made_to_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("nixdock_hook.process._LAST_CHANCE", 0.3)
        program = start([SH, "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"], stdout=PIPE)
        heard = os.read(program.stdout.fileno(), 1) if program.stdout else b""
        assert (heard, communicate(program, lambda: True, 9)[0], program.returncode) == (
            b"d",
            b"eaf\n",
            -signal.SIGKILL,
        )

    def test_what_it_started_does_not_keep_us(self) -> None:
        program = start([SH, "-c", "sleep 100 & echo $!"], stdout=PIPE)
        os.kill(int(communicate(program, bool, 100)[0]), signal.SIGKILL)
        assert program.returncode == 0
