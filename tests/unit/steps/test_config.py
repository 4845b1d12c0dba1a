from __future__ import annotations

import pytest

from nixdock_hook.errors import InvalidInput

from .conftest import Build


def test_the_config_is_written_as_canonical_json(build: Build) -> None:
    config = {"Env": ["A=é"], "Cmd": ["/nix/store/x/bin/x", "-v"], "Labels": {"b": "", "a": None}}
    written = build.run("config", {"config": config}).read_text("utf-8")
    assert written == '{"Cmd":["/nix/store/x/bin/x","-v"],"Env":["A=é"],"Labels":{"a":null,"b":""}}\n'


@pytest.mark.parametrize("config", [{}, {"Env": None}, {"Env": []}, {"Env": ["A=1", "B"]}])
def test_environments_that_docker_takes(build: Build, config: dict[str, object]) -> None:
    assert build.run("config", {"config": config}).exists()


@pytest.mark.parametrize("env", ["A=1", {"A": "1"}, ["A=1", 2], [["A=1"]], 1])
def test_environments_that_docker_would_refuse(build: Build, env: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        build.run("config", {"config": {"Env": env}})
    assert str(caught.value) == 'Env is not a list of strings in config: write it as [ "NAME=value" … ]'
    assert not build.out.exists()
