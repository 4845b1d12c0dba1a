"""The tests that images bring along, on images that pass them and on images that do not."""

from __future__ import annotations

import pytest

from tests.support.nix import Nix

HARDENED = """dockerTools.buildImage {{
  name = "a"; tag = "1"; hardened = true;
  config.Cmd = [ "${{pkgs.hello}}/bin/hello" ];
  {more}
}}"""
IMAGE = """(dockerTools.buildLayeredImage {
  name = "a"; tag = "1"; contents = [ pkgs.busybox ];
  files."/etc/x" = { text = "one\\ntwo"; mode = "0640"; user = 5; group = 6; };
  files."/opt/greet" = { text = "#!/bin/sh"; mode = "0755"; };
  config.Env = [ "WORD=a b'" "PATH=/opt:/bin" "UID=7" "LD_PRELOAD=/none" "with.dot=x" ];
})"""


def test_a_hardened_image_passes_its_test(nix: Nix) -> None:
    image = nix.image(HARDENED.format(more=""))
    config = image.recipe["config"]
    assert (config["User"], config["StopSignal"], config["Volumes"]) == ("65532", "SIGTERM", {"/tmp": {}})
    nix.build_expression(f"({HARDENED.format(more='')}).tests.hardened")


@pytest.mark.parametrize(
    "more",
    [
        'config.User = "7"; config.StopSignal = "SIGQUIT"; config.Volumes."/data" = { };',
        'config.user = "7"; config.stopsignal = "SIGQUIT"; config.volumes."/data" = { };',
        'defaultUser = "7"; config.StopSignal = "SIGQUIT"; config.Volumes."/data" = { };',
    ],
)
def test_what_the_user_set_stays(nix: Nix, more: str) -> None:
    config = nix.image(HARDENED.format(more=more)).recipe["config"]
    assert (config["User"], config["StopSignal"]) == ("7", "SIGQUIT")
    assert config["Volumes"] == {"/tmp": {}, "/data": {}}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("copyToRoot = pkgs.busybox;", "/bin/ash is a shell; /bin/busybox is a shell"),
        ('extraCommands = "mkdir -m 0777 open";', "/open can be written by everybody"),
        ('files."/s" = { text = ""; mode = "4755"; };', "/s is setuid"),
        ('config.User = "0:0";', "it runs as 0:0: set defaultUser"),
        ('files."/s" = { text = ""; mode = "2755"; };', "/s is setgid"),
    ],
)
def test_what_is_against_it_is_said(nix: Nix, more: str, says: str) -> None:
    assert says in nix.fails(f"({HARDENED.format(more=more)}).tests.hardened")


@pytest.mark.parametrize(("how", "signal"), [("all", "SIGQUIT"), ("env", "SIGTERM")])
def test_the_signal_of_a_base_stays_where_it_is_inherited(nix: Nix, how: str, signal: str) -> None:
    base = 'dockerTools.buildImage { name = "b"; config.StopSignal = "SIGQUIT"; }'
    image = nix.image(HARDENED.format(more=f'fromImage = {base}; inheritConfig = "{how}";'))
    assert image.recipe["config"]["StopSignal"] == signal


def test_no_volumes_are_none(nix: Nix) -> None:
    assert nix.image(HARDENED.format(more="config.Volumes = null;")).recipe["config"]["Volumes"] == {"/tmp": {}}


def test_hardened_and_shell_exclude_one_another(nix: Nix) -> None:
    assert "both hardened and shell are given" in nix.fails(HARDENED.format(more="shell = true;"))


@pytest.mark.parametrize(
    "test",
    [
        '{ files."/etc/x" = { mode = "0640"; uid = 5; gid = 6; type = "file"; contains = "two"; }; }',
        '{ files."/etc/none".exists = false; }',
        '{ commands = [ "test -e /etc/x" [ "/bin/busybox" "true" ] { command = "cat /etc/x"; prints = "two"; } ]; }',
        '{ commands = [ [ "/bin/true" ] { command = [ "echo" "it\'s" ]; prints = "it\'s"; } ]; }',
        """{ commands = [ "[ \\"$WORD\\" = \\"a b'\\" ]" "greet" "[ $(stat -c %u /etc/x) = 5 ]" ]; }""",
        '{ files."/bin/cat".contains = "BusyBox"; files."/".mode = "0755"; }',
    ],
)
def test_a_structure_as_expected(nix: Nix, test: str) -> None:
    nix.build_expression(f"{IMAGE}.tests.structure {test}")


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ('{ files."/etc/x".mode = "0644"; }', "/etc/x has mode 0640, not 0644 in the image a: correct"),
        (
            '{ files."/etc/x" = { uid = 1; type = "symlink"; }; }',
            "/etc/x has type file, not symlink; /etc/x has uid 5, not",
        ),
        ('{ files."/etc/x".contains = "three"; }', "/etc/x does not contain 'three'"),
        ('{ files."/etc/none" = { }; }', "/etc/none is missing"),
        ('{ files."/etc/x".exists = false; }', "/etc/x is there"),
        ('{ files."/etc/x".mod = ""; }', 'tests.structure: files."/etc/x" has no mod: did you mean mode?'),
        ('{ commands = [ "exit 3" ]; }', "this command failed: exit 3"),
        ('{ commands = [ { command = "echo one"; prints = "two"; } ]; }', "this command did not print 'two': echo one"),
        ('{ commands = "true"; }', 'tests.structure: commands is "true", not of type list: write [ … ]'),
        ('{ files = [ "/x" ]; }', "tests.structure: files is a list, not of type set: write { NAME = VALUE; }"),
        ("{ fles = { }; }", "tests.structure: there is no argument fles: did you mean files?"),
        ('{ files."/x".type = "dir"; }', 'tests.structure: files."/x".type is "dir": write "file", "directory" or'),
        ('{ files."/x".mode = "u+s"; }', 'tests.structure: files."/x".mode is "u+s": write octal digits in quotes'),
        ("{ commands = [ 5 ]; }", "tests.structure: commands has an int: write bash code"),
        ("{ commands = [ [ ] ]; }", "tests.structure: commands has a list: write bash code"),
        (
            '{ commands = [ { command = "x"; print = "y"; } ]; }',
            "commands has a set with print: it has command and prints",
        ),
        ('{ commands = [ { prints = "y"; } ]; }', "tests.structure: commands has null: write bash code"),
        ('{ commands = [ { command = "x"; prints = 5; } ]; }', "prints is an int: write the text in quotes"),
        (
            '{ files."/../bin/sh".exists = false; }',
            'files has the name "/../bin/sh": write an absolute path, without .',
        ),
        ('{ files."/etc/".exists = false; }', 'files has the name "/etc/": write an absolute path'),
    ],
)
def test_a_structure_that_is_not_as_expected(nix: Nix, test: str, says: str) -> None:
    assert says in nix.fails(f"{IMAGE}.tests.structure {test}")


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("{ }", 'tests.run: there is no script: write script = "run COMMAND"'),
        ("{ script = 5; }", "tests.run: script is an int, not of type string: write it in quotes"),
        ('{ script = ""; scripts = ""; }', "tests.run: there is no argument scripts: did you mean script?"),
    ],
)
def test_a_run_that_cannot_be(nix: Nix, test: str, says: str) -> None:
    assert says in nix.fails(f"{IMAGE}.tests.run {test}")


def test_tests_of_the_users_own_join_ours(nix: Nix) -> None:
    image = 'dockerTools.buildImage { name = "a"; passthru.tests.mine = 5; }'
    assert nix.evaluate(f"builtins.attrNames ({image}).tests") == '["hardened","mine","run","structure"]'
