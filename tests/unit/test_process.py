from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from nixdock_hook.errors import ProgramFailed
from nixdock_hook.process import PIPE, communicate, run, start
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
    assert str(caught.value) == f"{what}: install no-such-program-of-nixdock, or put its directory into PATH"


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
