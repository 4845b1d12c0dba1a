"""Signals, in processes of their own: at any moment they undo what is pending, and end the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nixdock_hook.endings import at_the_end, unbroken
from tests.support.server import wait_until
from tests.support.tools import ROOT

BEGIN = """
import os, signal, sys, threading, time
from nixdock_hook import endings, outputs, process
endings.end_on_signals()
def me(number=signal.SIGINT): os.kill(os.getpid(), number)
"""


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BEGIN + program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_what_is_pending_is_undone_the_newest_first(name: str, status: int) -> None:
    done = run(
        f"""
with endings.at_the_end(lambda: print("first", flush=True)), endings.at_the_end(lambda: print("second", flush=True)):
    me(signal.{name})
    time.sleep(60)
"""
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, "second\nfirst\n", "")


def test_an_undo_that_fails_does_not_keep_the_others_from_it() -> None:
    done = run("with endings.at_the_end(lambda: print('undone', flush=True)), endings.at_the_end(lambda: 1 / 0): me()")
    assert (done.returncode, done.stdout, done.stderr) == (130, "undone\n", "")


def test_in_a_destructor_where_python_would_lose_an_exception() -> None:
    done = run(
        """
class Thing:
    def __del__(self): me(); time.sleep(0.01)
Thing()
print("still here")
"""
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_signal_waits_for_the_end_of_what_must_not_be_broken() -> None:
    done = run(
        """
with endings.at_the_end(lambda: print("undone", flush=True)):
    with endings.unbroken():
        me()
        print("made", flush=True)
    print("still here", flush=True)
"""
    )
    assert (done.returncode, done.stdout) == (130, "made\nundone\n")


def test_also_where_another_thread_makes_it() -> None:
    done = run(
        """
begun, told = threading.Event(), threading.Event()
def make():
    with endings.unbroken():
        begun.set(); told.wait(); print("made", flush=True)
threading.Thread(target=make).start()
begun.wait(); me(); told.set()
while True: time.sleep(0.05)  # Python does not look for a signal between its last step and a long sleep
"""
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "made\n", "")


def test_a_server_ends_well() -> None:
    done = run("with endings.ending_well(): me(signal.SIGTERM); time.sleep(60)")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_forked_worker_undoes_nothing_of_its_parents() -> None:
    done = run(
        """
with endings.at_the_end(lambda: print("undone by", "parent" if os.getpid() == parent else "child", flush=True)):
    parent = os.getpid()
    if not os.fork():
        me(); time.sleep(60)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
    )
    assert (done.returncode, done.stdout) == (0, "130\nundone by parent\n")


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    program = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + BEGIN + "me(); print('still here')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"still here\n"


def test_a_signal_that_was_blocked_while_python_starts() -> None:
    program = "import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\n"
    program += "os.kill(os.getpid(), signal.SIGINT)\n" + BEGIN + "print('still here')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_programs_are_ended_even_one_that_does_not_heed_it(tmp_path: Path) -> None:
    command = "trap : TERM; echo $$ > $0; while :; do sleep 0.1; done"
    program = f"""
child = process.start(["sh", "-c", {command!r}, sys.argv[1]])
child.wait()  # holds the lock by which Popen waits
"""
    pid = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", BEGIN + program, str(pid)], cwd=ROOT, stderr=subprocess.PIPE) as ours:
        wait_until(lambda: pid.exists() and pid.read_text().endswith("\n"), "the program has begun")
        ours.send_signal(signal.SIGINT)
        assert ours.communicate(timeout=60)[1] == b""
    assert ours.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_program_that_has_ended_is_not_signalled() -> None:
    program = "child = process.start(['true']); child.wait(); os.kill = None; endings._end(signal.SIGINT, None)"
    done = run(program)
    assert (done.returncode, done.stderr) == (130, "")


def test_blocks_end_as_blocks_do_without_a_signal() -> None:
    said: list[str] = []
    with pytest.raises(KeyError), unbroken(), at_the_end(lambda: said.append("undone")):
        raise KeyError
    assert said == ["undone"]
