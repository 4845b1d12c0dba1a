"""What docker's engine may answer; that the real one takes these requests is in tests/system/test_copy_runtimes.py."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nixdock_hook.copying import docker_engine
from nixdock_hook.copying.docker_engine import Engine
from nixdock_hook.errors import ProgramFailed

OK = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"


class Answers:
    """Listens on a socket, gives one answer to each connection, and keeps the requests.

    None: no answer. It notices when nobody waits for one any more, and takes its time to stop.
    """

    def __init__(self, path: Path, answers: list[bytes | None]) -> None:
        self.path, self.requests = path, list[bytes]()
        self._answers = answers
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._socket.settimeout(10)  # a request that never comes is a failure, not a hang
        self.told_to_stop = self.stopped = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def engine(self) -> Engine:
        found = Engine.at(f"unix://{self.path}")
        assert found
        return found

    def close(self) -> None:
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        self._socket.accept()[0].close()  # that somebody listens is all that `Engine.at` wants to know
        for answer in self._answers:
            with self._socket.accept()[0] as connection:
                self.requests.append(connection.recv(1 << 16))
                if answer is None:
                    self.told_to_stop = connection.recv(1) == b""
                    time.sleep(0.3)
                    self.stopped = True
                else:
                    connection.sendall(answer)


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Callable[..., Answers]]:
    made: list[Answers] = []

    def make(*given: bytes | None) -> Answers:
        made.append(Answers(tmp_path / "socket", list(given)))
        return made[-1]

    yield make
    for listening in made:
        listening.close()


def test_requests(answers: Callable[..., Answers]) -> None:
    daemon = answers(OK + b'{"status":"Pulling"}\r\n{"status":"Done"}\r\n', b"HTTP/1.0 201 Created\r\n\r\n", OK + b"[]")
    engine = daemon.engine()
    engine.pull("127.0.0.1:5000/team/app:1", bool)
    engine.tag("127.0.0.1:5000/team/app:1", "host:5000/app&co:2")
    engine.remove("127.0.0.1:5000/team/app:1")
    assert [request.partition(b"\r\n")[0] for request in daemon.requests] == [
        b"POST /images/create?fromImage=127.0.0.1%3A5000%2Fteam%2Fapp&tag=1 HTTP/1.0",
        b"POST /images/127.0.0.1%3A5000/team/app%3A1/tag?repo=host%3A5000%2Fapp%26co&tag=2 HTTP/1.0",
        b"DELETE /images/127.0.0.1%3A5000/team/app%3A1 HTTP/1.0",
    ]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (OK + b'{"status":"Pulling"}\r\n{"errorDetail":{},"error":"no space left"}\r\n', "no space left"),
        (OK + b'{"status":"Pulling"}\r\n{"stat', '{"stat'),
        (b'HTTP/1.0 404 Not Found\r\n\r\n{"message":"manifest unknown"}\n', "manifest unknown"),
        (b"HTTP/1.0 502 Bad Gateway\r\n\r\n<html>proxy", "<html>proxy"),
        (OK + b'{"status":"Pulling"}\r\n' * 300_000 + b'{"error":"no space left"}\r\n', "no space left"),
        (b'HTTP/1.0 500 Oh\r\n\r\n{"message":NaN}', '{"message":NaN}'),
        (b"HTTP/1.0 500 Oh\r\n\r\n[1]", "[1]"),
        (b"", "its engine broke off"),
        (b"SSH-2.0-OpenSSH\r\n", "its engine broke off"),
    ],
)
def test_what_is_wrong_is_told(answers: Callable[..., Answers], answer: bytes, why: str) -> None:
    with pytest.raises(ProgramFailed) as caught:
        answers(answer).engine().pull("127.0.0.1:5000/app:1", bool)
    assert str(caught.value) == f"docker failed: {why}"


def test_of_an_error_without_an_end_a_part_is_told(answers: Callable[..., Answers]) -> None:
    with pytest.raises(ProgramFailed) as caught:
        answers(b'HTTP/1.0 500 Oh\r\n\r\n{"message":"' + b"x" * (9 << 20)).engine().remove("app:1")
    assert len(str(caught.value)) < 5000


def test_progress_without_an_end_takes_no_memory(answers: Callable[..., Answers]) -> None:
    daemon = answers(OK + b'{"status":"Pulling"}\r\n' * 1_000_000)
    daemon.engine().pull("127.0.0.1:5000/app:1", bool)
    assert docker_engine._shortened(bytearray(b"a\nb" * (1 << 20))).count(b"\n") > 1 << 18


def test_there_is_no_waiting_for_what_failed_already(answers: Callable[..., Answers]) -> None:
    start = time.monotonic()
    daemon = answers(None)
    with pytest.raises(ProgramFailed, match="docker failed: it was told to stop"):
        daemon.engine().pull("127.0.0.1:5000/app:1", lambda: time.monotonic() > start + 0.3)
    assert daemon.told_to_stop and daemon.stopped


STORE = b'{"DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]}'
LAYERS = b'{"DriverStatus":[["Backing Filesystem","extfs"],["Supports d_type","true"]]}'


@pytest.mark.parametrize(
    ("replies", "is_whole"),
    [
        ((b'[{"RepoTags":["app:1"]}]',), True),  # an engine that knows no such word
        ((b'[{"Manifests":[{"Available":true}]}]',), True),
        ((b'[{"Manifests":[{"Available":false},{"Available":true}]}]',), True),  # the one that it needs
        ((b'[{"Manifests":[{"Available":false}]}]', STORE), False),
        ((b"[]", STORE), False),  # of what it does not hold all, docker 26 says nothing at all
        ((b"[]", LAYERS), True),
        ((b"[]", b"{}"), True),
        ((b"null", b"null"), True),
    ],
)
def test_whether_it_holds_all_of_an_image(
    answers: Callable[..., Answers], replies: tuple[bytes, ...], is_whole: bool
) -> None:
    daemon = answers(*(OK + reply for reply in replies))
    assert daemon.engine().is_whole("127.0.0.1:5000/app:1") is is_whole
    asked = [request.split()[1] for request in daemon.requests]
    filters = b"%7B%22reference%22%3A%20%5B%22127.0.0.1%3A5000%2Fapp%3A1%22%5D%7D"
    assert asked == [b"/images/json?manifests=1&filters=" + filters, b"/info"][: len(replies)]


@pytest.mark.parametrize("replies", [(b"[7]",), (b'[{"Manifests":7}]',), (b"7", b"7"), (b"<html>", b"<html>")])
@pytest.mark.parametrize("more", [(b'[{"Manifests":[7]}]', b'{"DriverStatus":[7]}')])
def test_an_answer_of_another_shape_is_no_statement(
    answers: Callable[..., Answers], replies: tuple[bytes, ...], more: tuple[bytes, ...]
) -> None:
    engine = answers(*(OK + reply for reply in (*replies, *more))).engine()
    assert engine.is_whole("app:1")
    assert engine.is_whole("app:1")


def test_whose_engine_it_is(answers: Callable[..., Answers], tmp_path: Path) -> None:
    assert answers().engine().process == os.getpid()
    assert Engine(str(tmp_path / "none")).process == 0


@pytest.mark.parametrize("endpoint", ["", "tcp://127.0.0.1:2375", "ssh://host", "unix:///no/such/socket"])
def test_there_is_none_to_be_reached(endpoint: str) -> None:
    assert Engine.at(endpoint) is None
