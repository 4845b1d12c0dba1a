"""Execution parameters: of other people's images, and of images on a base."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nixdock_hook.errors import InvalidInput
from nixdock_hook.oci.config import (
    Inheritance,
    checked_config,
    checked_inheritance,
    inherit_config,
    merge_env,
    with_defaults,
    with_inner_entrypoint,
)

BASE = {
    "Env": ["PATH=/bin", "A=base"],
    "Cmd": ["base"],
    "User": "nobody",
    "Labels": {"k": "base", "base": "1"},
    "Volumes": {"/base": {}},
    "ExposedPorts": {"53/udp": {}},
}

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


class TestInheritConfig:
    def test_null_of_ours_leaves_what_the_base_has(self) -> None:
        assert inherit_config({"Cmd": ["x"], "User": "me"}, {"Cmd": None}, "all") == {"Cmd": ["x"], "User": "me"}

    @pytest.mark.parametrize("how", ["env", "all", "none"])
    def test_without_a_base_ours_is_verbatim(self, how: Inheritance) -> None:
        ours = {"Env": ["A=1"], "Labels": {}, "Healthcheck": {"Test": ["NONE"]}, "Unknown": None}
        assert inherit_config({}, ours, how) == ours

    def test_env_takes_the_environment_alone(self) -> None:
        ours = {"Env": ["A=ours", "B=ours"], "Cmd": ["ours"]}
        assert inherit_config(BASE, ours, "env") == {"Env": ["PATH=/bin", "A=ours", "B=ours"], "Cmd": ["ours"]}
        assert inherit_config(BASE, {}, "env") == {"Env": ["PATH=/bin", "A=base"]}

    def test_none_takes_nothing(self) -> None:
        assert inherit_config(BASE, {"Cmd": ["ours"]}, "none") == {"Cmd": ["ours"]}

    @pytest.mark.parametrize("how", ["env", "all", "none"])
    def test_of_two_variables_of_one_name_the_last_stays(self, how: Inheritance) -> None:
        assert inherit_config({}, {"Env": ["A=1", "B=2", "A=3"]}, how) == {"Env": ["B=2", "A=3"]}

    def test_all_takes_what_ours_lacks_and_joins_what_can_be_joined(self) -> None:
        ours = {"Cmd": ["ours"], "Labels": {"k": "ours"}, "Volumes": {"/ours": {}}, "ExposedPorts": {"80/tcp": {}}}
        assert inherit_config(BASE, ours, "all") == {
            "Env": ["PATH=/bin", "A=base"],
            "Cmd": ["ours"],
            "User": "nobody",
            "Labels": {"k": "ours", "base": "1"},
            "Volumes": {"/base": {}, "/ours": {}},
            "ExposedPorts": {"53/udp": {}, "80/tcp": {}},
        }

    @pytest.mark.parametrize("nothing", [{}, None])
    def test_all_joins_with_an_empty_setting_too(self, nothing: object) -> None:
        assert inherit_config(BASE, {"Labels": nothing}, "all")["Labels"] == BASE["Labels"]
        assert inherit_config({"Labels": nothing}, {"Labels": {"k": "v"}}, "all")["Labels"] == {"k": "v"}

    @pytest.mark.parametrize("how", ["env", "all"])
    def test_a_null_environment_is_an_empty_one(self, how: Inheritance) -> None:
        assert inherit_config({"Env": None}, {"Env": ["A=1"]}, how) == {"Env": ["A=1"]}
        assert inherit_config({"Env": ["A=1"]}, {"Env": None}, how) == {"Env": ["A=1"]}

    @pytest.mark.parametrize("how", ["env", "all", "none"])
    def test_the_arguments_are_left_as_they_were(self, how: Inheritance) -> None:
        base, ours = json.loads(json.dumps(BASE)), {"Env": ["A=ours"], "Labels": {"k": "ours"}}
        inherit_config(base, ours, how)
        assert base == BASE and ours == {"Env": ["A=ours"], "Labels": {"k": "ours"}}

    def test_another_word(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            checked_inheritance("labels")
        assert str(caught.value) == """'labels' in inheritConfig: use "env", "all" or "none\""""


class TestMergeEnv:
    @pytest.mark.parametrize(
        ("base", "ours", "merged"),
        [
            ([], [], []),
            (["A=1", "B=1"], ["C=2"], ["A=1", "B=1", "C=2"]),
            (["A=1", "B=1"], ["A=2"], ["B=1", "A=2"]),
            (["A=1"], ["A=2", "B=2", "A=3"], ["B=2", "A=3"]),
            (["A=1", "A=2"], [], ["A=2"]),
            (["A=x=1"], ["A=y=2"], ["A=y=2"]),
            (["AB=1"], ["A=2"], ["AB=1", "A=2"]),
            (["A=1"], ["A"], ["A"]),
            (["a=1"], ["A=2"], ["a=1", "A=2"]),
        ],
    )
    def test_one_entry_for_each_variable(self, base: list[str], ours: list[str], merged: list[str]) -> None:
        assert merge_env(base, ours) == merged


def test_a_default_variable_gives_way_to_one_that_is_set() -> None:
    default = ["A=default", "B=default"]
    assert with_defaults({"Env": ["A=1"], "Cmd": ["x"]}, {}, default) == {"Env": ["A=1", "B=default"], "Cmd": ["x"]}
    assert with_defaults({"Env": ["A=", "B=2"]}, {}, default) == {"Env": ["A=", "B=2"]}
    assert with_defaults({}, {}, []) == {}


def test_settings_that_nobody_has_set() -> None:
    default = {"StopSignal": "SIGTERM", "User": "5"}
    assert with_defaults({"StopSignal": "SIGQUIT", "User": None}, default, []) == {"StopSignal": "SIGQUIT", "User": "5"}
    assert with_defaults({"Cmd": ["x"]}, default, []) == {**default, "Cmd": ["x"]}


@pytest.mark.parametrize(
    ("ours", "base", "started"),
    [
        (["/x/tini", "--"], ["/app", "-v"], ["/x/tini", "--", "/app", "-v"]),
        (["/x/tini", "--"], ["/y/tini", "-g", "--", "/app"], ["/y/tini", "-g", "--", "/app"]),
        (["/x/tini", "--"], None, ["/x/tini", "--"]),
        (["/x/tini", "--"], [], ["/x/tini", "--"]),
    ],
)
def test_an_entrypoint_in_front_of_the_bases(ours: list[str], base: list[str] | None, started: list[str]) -> None:
    config = with_inner_entrypoint({"Entrypoint": ours, "Cmd": ["c"]}, {"Entrypoint": base, "Cmd": ["d"]})
    assert config == {"Entrypoint": started, "Cmd": ["c"]}
