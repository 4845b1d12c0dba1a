from __future__ import annotations

from .conftest import Build


def test_the_config_is_written_as_canonical_json(build: Build) -> None:
    config = {"Env": ["A=é"], "Cmd": ["/nix/store/x/bin/x", "-v"], "Labels": {"b": "", "a": None}}
    written = build.run("config", {"config": config}).read_text("utf-8")
    assert written == '{"Cmd":["/nix/store/x/bin/x","-v"],"Env":["A=é"],"Labels":{"a":null,"b":""}}\n'
