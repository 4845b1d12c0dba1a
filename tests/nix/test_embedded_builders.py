"""What the embedded set has of nixpkgs' builders and `lib`: the same results as nixpkgs gives."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.nix import Nix


def test_write_text(nix: Nix) -> None:
    path = nix.build_expression('pkgs.writeText "note" "for ${pkgs.hello}"')
    assert path.read_text() == f"for {nix.path('pkgs.hello')}"
    assert nix("nix-store", "--query", "--references", path).strip() == nix.path("pkgs.hello")


def test_write_text_dir_and_script(nix: Nix) -> None:
    assert (nix.build_expression('pkgs.writeTextDir "etc/motd" "hi"') / "etc/motd").read_text() == "hi"
    script = nix.build_expression('pkgs.writeShellScriptBin "greet" "echo hi $1"') / "bin/greet"
    assert os.access(script, os.X_OK)
    assert script.read_text() == f"#!{nix.path('pkgs.bash')}/bin/bash\necho hi $1\n"


def test_a_script_that_is_no_bash_does_not_build(nix: Nix) -> None:
    assert "syntax error" in nix.fails('pkgs.writeShellScript "broken" "if"')


def test_run_command_has_its_inputs_in_path(nix: Nix) -> None:
    command = 'pkgs.runCommand "r" { nativeBuildInputs = [ pkgs.hello ]; word = "x"; } "hello -g $word > $out"'
    assert nix.build_expression(command).read_text() == "x\n"


def test_run_command_with_structured_attributes(nix: Nix) -> None:
    attributes = "{ __structuredAttrs = true; nativeBuildInputs = [ pkgs.hello ]; list = [ 1 2 ]; }"
    path = nix.build_expression(f'pkgs.runCommand "s" {attributes} "hello -g \\${{list[1]}} > $out"')
    assert path.read_text() == "2\n"


def test_a_failing_command_fails_the_build(nix: Nix) -> None:
    nix.fails('pkgs.runCommand "f" { } "touch $out; false | true"')


def test_phases(nix: Nix, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    phases = """buildPhase = "tr a-z A-Z < a > b"; preInstall = "mkdir $out"; installPhase = "cp b $out";"""
    path = nix.build_expression(f'pkgs.stdenv.mkDerivation {{ name = "p"; src = {tmp_path}; {phases} }}')
    assert (path / "b").read_text() == "TEXT"


def test_build_env_links_whole_directories_and_merges_shared_ones(nix: Nix) -> None:
    paths = '[ pkgs.hello pkgs.bash (pkgs.writeTextDir "share/x/y" "") (pkgs.writeTextDir "etc/z" "") ]'
    links = 'pathsToLink = [ "/bin" "/share/x" ]; postBuild = "touch $out/done";'
    env = nix.build_expression(f'pkgs.buildEnv {{ name = "e"; paths = {paths}; {links} }}')
    assert sorted(os.listdir(env)) == ["bin", "done", "share"]
    assert not (env / "bin").is_symlink()
    assert os.readlink(env / "bin" / "hello") == f"{nix.path('pkgs.hello')}/bin/hello"
    assert (env / "share" / "x").is_symlink()


def test_build_env_refuses_two_files_of_one_name(nix: Nix) -> None:
    paths = '[ (pkgs.writeTextDir "a" "1") (pkgs.writeTextDir "a" "2") ]'
    assert "ignoreCollisions" in nix.fails(f'pkgs.buildEnv {{ name = "e"; paths = {paths}; }}')
    path = nix.build_expression(f'pkgs.buildEnv {{ name = "e"; ignoreCollisions = true; paths = {paths}; }}')
    assert (path / "a").read_text() == "1"


def test_symlink_join_makes_every_directory(nix: Nix) -> None:
    path = nix.build_expression('pkgs.symlinkJoin { name = "j"; paths = [ pkgs.hello ]; }')
    assert not (path / "bin").is_symlink()
    assert (path / "bin" / "hello").is_symlink()


def test_of_two_files_of_one_name_symlink_join_takes_the_first(nix: Nix) -> None:
    paths = '[ (pkgs.writeTextDir "a" "1") (pkgs.writeTextDir "a" "2") ]'
    path = nix.build_expression(f'pkgs.symlinkJoin {{ name = "j"; paths = {paths}; }}')
    assert (path / "a").read_text() == "1"


def test_call_package_and_override(nix: Nix) -> None:
    function = '({ runCommand, hello, mark ? "a" }: runCommand "c" { } "echo ${mark} > $out")'
    path = nix.build_expression(f'(pkgs.callPackage {function} {{ }}).override {{ mark = "b"; }}')
    assert path.read_text() == "b\n"


# As nixpkgs has it: files know one another, functions say what they take and can be called with something else.
SCOPE = """
let
  scope = pkgs.lib.makeScope pkgs.newScope (self: {
    first = self.callPackage ({ }: "1") { };
    second = self.callPackage ({ first, hello }: "${first} ${hello.pname}") { };
    third = self.callPackage ({ second }: { name, other ? 1 }: "${name} ${second}") { };
  });
  changed = scope.overrideScope (final: prev: { first = "${prev.first}0"; });
  again = changed.overrideScope (final: prev: { first = "${prev.first}0"; });
in
"""


def test_a_scope(nix: Nix) -> None:
    body = f"""{SCOPE} [
      scope.second changed.second again.second (changed.third {{ name = "n"; }}) (pkgs.lib.functionArgs scope.third)
      (scope.third.override {{ second = "s"; }} {{ name = "n"; }})
      (scope.newScope {{ mine = 5; }} ({{ mine }}: mine) {{ }})
    ]"""
    assert json.loads(nix.evaluate(body)) == [
        *("1 hello", "10 hello", "100 hello", "n 10 hello"),
        *({"name": False, "other": True}, "n s", 5),
    ]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('concatMapStringsSep ", " (x: x + "!") [ "a" "b" ]', "a!, b!"),
        ('escapeShellArg "it\'s"', "'it'\\''s'"),
        ('escapeShellArg "plain-word"', "plain-word"),
        ("filterAttrs (n: v: v > 1) { a = 1; b = 2; }", {"b": 2}),
        ("flatten [ 1 [ 2 [ 3 ] ] ]", [1, 2, 3]),
        ('genAttrs [ "a" "b" ] (n: n + n)', {"a": "aa", "b": "bb"}),
        ('getName "hello-2.10"', "hello"),
        ('hasInfix "b" "abc" && !hasInfix "d" "abc"', True),
        ('hasPrefix "ab" "abc" && !hasPrefix "abcd" "abc"', True),
        ('hasSuffix "bc" "abc" && !hasSuffix "zabc" "abc"', True),
        ("isDerivation pkgs.hello && !isDerivation { }", True),
        ("isStringLike pkgs.hello && isStringLike ./. && !isStringLike 1", True),
        ('map (strings.levenshtein "kitten") [ "sitting" "kitten" "" "mitten" ]', [3, 0, 6, 1]),
        ('strings.levenshtein "" "abc"', 3),
        ('elem "https_proxy" fetchers.proxyImpureEnvVars', True),
        ('makeBinPath [ "/a" "/b" ]', "/a/bin:/b/bin"),
        ('mapAttrsToList (n: v: n + v) { a = "1"; b = "2"; }', ["a1", "b2"]),
        ("optionalAttrs false { a = 1; } // optionalAttrs true { b = 2; }", {"b": 2}),
        ("optional false 1 ++ optional true 2 ++ optionals true [ 3 ]", [2, 3]),
        ('optionalString false "a" + optionalString true "b"', "b"),
        ("recursiveUpdate { a = { b = 1; c = 2; }; } { a = { b = 3; }; d = 4; }", {"a": {"b": 3, "c": 2}, "d": 4}),
        ('removePrefix "a" "abc" + removeSuffix "c" "abc"', "bcab"),
        ('splitString "." "a.b.c"', ["a", "b", "c"]),
        ("take 2 [ 1 2 3 ] ++ drop 2 [ 1 2 3 ] ++ [ (last [ 1 9 ]) ]", [1, 2, 3, 9]),
        ('toLower "AbC" + toUpper "AbC"', "abcABC"),
        ("unique [ 1 2 1 3 2 ]", [1, 2, 3]),
        ('versionAtLeast "2.10" "2.9" && versionOlder "1.0" "1.0.1"', True),
        ('warn "careful" 5', 5),
    ],
)
def test_lib(nix: Nix, expression: str, value: object) -> None:
    assert json.loads(nix.evaluate(f"with pkgs.lib; {expression}")) == value


def test_get_exe(nix: Nix) -> None:
    assert json.loads(nix.evaluate("pkgs.lib.getExe pkgs.gnugrep")) == f"{nix.path('pkgs.gnugrep')}/bin/grep"
