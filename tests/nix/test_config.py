"""The `config` of an image: what some runtime cannot read is an error before anything is built."""

from __future__ import annotations

import pytest

from tests.support.nix import Nix


def image(config: str, function: str = "buildImage") -> str:
    return f'dockerTools.{function} {{ name = "a"; tag = "1"; config = {config}; }}'


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("{ Cmd = 5; }", 'Cmd is an int, not a list of strings: write config.Cmd = [ "/bin/sh" ]'),
        ('{ Cmd = "echo hi"; }', 'Cmd is "echo hi", one word to docker, and refused by podman and Kubernetes: write'),
        ('{ Entrypoint = ""; }', 'Entrypoint is "", one word to docker'),
        ('{ Cmd = [ "sleep" 10 ]; }', 'Cmd has an int, which is not a string: write "10", as in config.Cmd = ['),
        ("{ Cmd = [ null ]; }", "Cmd has null, which is not a string"),
        ('{ Env.A = "1"; }', 'Env is a set, not a list of strings: write config.Env = [ "NAME=value" ]'),
        ('{ Env = [ "=A" ]; }', 'Env has "=A", which names no variable: write'),
        ('{ Env = [ "A=1" "" ]; }', 'Env has "", which names no variable: write'),
        ('{ StopSignal = "65"; }', 'StopSignal is "65", which is no signal: write'),
        ('{ env = "A=1"; }', 'Env is "A=1", not a list of strings: write'),
        ("{ Labels.version = 3; }", 'Labels.version is an int, not a string: write config.Labels.version = "3"'),
        ("{ labels.a = true; }", 'Labels.a is a bool, not a string: write config.Labels.a = "true"'),
        ('{ Labels = [ "a=b" ]; }', "Labels is a list, not a set of strings: write"),
        (
            '{ ExposedPorts = [ "80/tcp" ]; }',
            'ExposedPorts is a list, not a set of empty sets: write config.ExposedPorts."80/tcp" = { }',
        ),
        (
            '{ Volumes."/data" = true; }',
            'Volumes."/data" is a bool, not an empty set: write config.Volumes."/data" = { }',
        ),
        ('{ Volumes = "/data"; }', 'Volumes is "/data", not a set of empty sets: write'),
        ('{ WorkingDir = "data"; }', 'WorkingDir has "data", which does not begin with /: write'),
        ("{ User = 1000; }", 'User is an int, not a string: write config.User = "1000"'),
        ("{ StopSignal = 15; }", 'StopSignal is an int, not a string: write config.StopSignal = "15"'),
        ('{ StopSignal = "SIGNOPE"; }', 'StopSignal is "SIGNOPE", which is no signal: write'),
        (
            '{ Healthcheck.Interval = "30s"; }',
            'Healthcheck.Interval is "30s", not an integer: write config.Healthcheck.Interval = 30000000000',
        ),
        ("{ Memory = 1.5; }", "Memory is a float, not an integer: write"),
        ('{ Tty = "yes"; }', 'Tty is "yes", not true or false: write config.Tty = true'),
    ],
)
def test_a_value_that_some_runtime_cannot_read(nix: Nix, config: str, says: str) -> None:
    messages = nix.fails(image(config))
    assert f"error: nixdock: buildImage: config.{says}" in messages
    assert "will be built" not in messages


def test_all_that_is_wrong_is_said_at_once(nix: Nix) -> None:
    messages = nix.fails(image('{ User = 5; Tty = 1; Env = [ "" ]; }', "streamLayeredImage"))
    [line] = [line for line in messages.splitlines() if "error: nixdock: streamLayeredImage: " in line]
    assert [word in line for word in ("config.User", "config.Tty", "config.Env")] == [True] * 3


@pytest.mark.parametrize("config", ["{ Env = [ ]; env = [ ]; }", "{ Healthcheck = { test = [ ]; Test = [ ]; }; }"])
def test_two_spellings_of_one_key(nix: Nix, config: str) -> None:
    assert "which are one key to runtimes: keep" in nix.fails(image(config))


SAME = {
    '{ cmd = [ "/bin/sh" ]; ENV = [ "A=1" ]; }': '{ Cmd = [ "/bin/sh" ]; Env = [ "A=1" ]; }',
    '{ HealthCheck.test = [ "NONE" ]; }': '{ Healthcheck.Test = [ "NONE" ]; }',
    '{ Cmd = "/bin/sh"; }': '{ Cmd = [ "/bin/sh" ]; }',
    "{ entrypoint = pkgs.hello; }": '{ Entrypoint = [ "${pkgs.hello}" ]; }',
    '{ Entrypoint = [ "sh" "-c" ]; Cmd = "echo hi"; }': '{ Entrypoint = [ "sh" "-c" ]; Cmd = [ "echo hi" ]; }',
    "{ Cmd = [ pkgs.hello ./. ]; }": '{ Cmd = [ "${pkgs.hello}" "${./.}" ]; }',
}


@pytest.mark.parametrize("config", SAME)
def test_what_is_taken_for_the_same(nix: Nix, config: str) -> None:
    assert nix.path(image(config)) == nix.path(image(SAME[config]))


@pytest.mark.parametrize(
    "config",
    [
        '{ Cmd = null; Env = null; Labels = { a = null; }; ExposedPorts = { }; User = ""; Entrypoint = [ ]; }',
        '{ StopSignal = "sigrtmin+3"; WorkingDir = ""; Healthcheck = { Test = [ ]; Interval = 1000000; }; }',
        '{ ExposedPorts = { "53/UDP" = { }; "80" = null; }; Env = [ "A=" "B=c=d" ]; MemorySwap = -1; }',
    ],
)
def test_what_every_runtime_reads(nix: Nix, config: str) -> None:
    assert nix.path(image(config)).endswith(".tar.gz")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ('{ Env = [ "A" ]; }', 'Env has "A", which is no NAME=value: write'),
        ("{ ExposedPorts.http = { }; }", 'ExposedPorts has "http", which is no PORT'),
        ("{ Volumes.data = { }; }", 'Volumes has "data", which does not begin with /: write'),
        ("{ Healthcheck.interval = 30; }", "Healthcheck.Interval is 30 ns, and runtimes take 1000000 ns or more"),
        ('{ Healthcheck.Test = [ "true" ]; }', 'Healthcheck.Test begins with "true", and not with CMD'),
        ("{ Healthcheck.Retries = -1; }", "Healthcheck.Retries is negative: write"),
    ],
)
def test_what_runs_and_was_not_meant_so_is_warned_of(nix: Nix, config: str, says: str) -> None:
    messages = nix.fails(f"throw ({image(config)}).drvPath")
    assert f"trace: nixdock: buildImage: config.{says}" in messages


def test_a_key_that_nobody_knows_is_warned_of(nix: Nix) -> None:
    messages = nix.fails(f'throw ({image("""{ Entypoint = [ "x" ]; Other = 1; }""")}).drvPath')
    assert (
        "nixdock: buildImage: config has the key Entypoint, which no runtime knows: did you mean Entrypoint?"
        in messages
    )
    assert "nixdock: buildImage: config has the key Other, which no runtime knows\n" in messages
