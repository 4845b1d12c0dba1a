"""Execution parameters of other people's images."""

from __future__ import annotations

from typing import Any

import pytest

from nixdock_hook.oci.config import checked_config

RIGHT = {
    "User": "",
    "ExposedPorts": {"80/tcp": {}, "81": None},
    "Env": ["A=b", "B"],
    "Entrypoint": [],
    "Labels": {"a": "b", "c": None},
    "Memory": -1,
    "Tty": False,
    "Healthcheck": {"Test": ["NONE"], "Interval": 1, "Of the future": "x"},
    "Of the future": 5,
}


def test_what_runtimes_read_stays_as_it_is() -> None:
    problems: list[str] = []
    assert checked_config(RIGHT, problems) == RIGHT
    assert problems == []


def test_null_is_nothing_whatever_the_type() -> None:
    problems: list[str] = []
    nothing = dict.fromkeys([*RIGHT, "Cmd", "Volumes"])
    assert checked_config(nothing, problems) == nothing
    assert problems == []


@pytest.mark.parametrize(
    ("config", "taken"),
    [
        ({"env": ["A=b"]}, {"Env": ["A=b"]}),
        ({"EXPOSEDPORTS": {"80": {}}}, {"ExposedPorts": {"80": {}}}),
        ({"healthCheck": {"test": ["NONE"]}}, {"Healthcheck": {"Test": ["NONE"]}}),
        ({"u\u017fer": "me"}, {"User": "me"}),  # the long s, which Go folds too
        ({"Cmd": "/bin/sh", "entrypoint": "/init"}, {"Cmd": ["/bin/sh"], "Entrypoint": ["/init"]}),
    ],
)
def test_what_docker_takes_for_a_key_or_a_list(config: dict[str, Any], taken: dict[str, Any]) -> None:
    problems: list[str] = []
    assert checked_config(config, problems) == taken
    assert problems == []


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"Env": "A=b"}, "config.Env is not a list of strings"),
        ({"env": ["A=b", 1]}, "config.Env is not a list of strings"),
        ({"Cmd": 5}, "config.Cmd is not a list of strings"),
        ({"Labels": {"a": 3}}, "config.Labels is not a set of strings"),
        ({"ExposedPorts": ["80"]}, "config.ExposedPorts is not a set of empty sets"),
        ({"Volumes": {"/data": True}}, "config.Volumes is not a set of empty sets"),
        ({"User": 1000}, "config.User is not a string"),
        ({"Memory": True}, "config.Memory is not an integer"),
        ({"Memory": 1.5}, "config.Memory is not an integer"),
        ({"Tty": 1}, "config.Tty is not true or false"),
        ({"Healthcheck": ["NONE"]}, "config.Healthcheck is not a set of settings"),
        ({"Healthcheck": {"interval": "30s"}}, "config.Healthcheck.Interval is not an integer"),
        ({"Cmd": ["a"], "cmd": ["b"]}, "config.Cmd is there in two spellings"),
        ({"Healthcheck": {"Test": [], "test": []}}, "config.Healthcheck.Test is there in two spellings"),
    ],
)
def test_what_no_runtime_reads(config: dict[str, Any], problem: str) -> None:
    problems: list[str] = []
    checked_config(config, problems)
    assert problems == [problem]
