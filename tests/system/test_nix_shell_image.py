"""The build environment of a derivation as an image: what the real nix-shell shows, and a build that runs inside."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.support.docker import Docker
from tests.support.nix import PRELUDE, Nix
from tests.support.tools import need, output

from .loader import Loader

BUILT = "Hello, world!\nfrom a file\n"
HOOK = "shellHook: Hello, world! from a file\n"

SHOWING = """pkgs.stdenv.mkDerivation {
  name = "showing";
  answer = 42;
  list = [ "a" "b" ];
  yes = true;
  no = false;
  text = "one\\ntwo";
  passAsFile = [ "text" ];
  buildInputs = [ pkgs.hello ];
  shellHook = "fromHook=$(hello)";
  buildCommand = "{ echo $answer $list; id -un; cat $textPath; } > $out";
}"""
SHOW = 'declare -p; shopt; type -t genericBuild; echo "text: $(<$textPath)"'
SHOWING_IMAGE = f"dockerTools.streamNixShellImage {{ drv = {SHOWING}; run = ''{SHOW}''; }}"

# What is another in a container, or another at each start.
OF_THE_PLACE = {
    *("BASH_SOURCE", "EUID", "HOME", "HOSTNAME", "NIX_BUILD_CORES", "NIX_BUILD_SHELL", "NIX_BUILD_TOP", "PATH", "PPID"),
    *("PWD", "SHLVL", "TEMP", "TEMPDIR", "TERM", "TMP", "TMPDIR", "UID", "USER", "textPath", "RANDOM", "SRANDOM"),
    *("BASHPID", "EPOCHREALTIME", "EPOCHSECONDS", "SECONDS", "BASH_LINENO", "LINENO", "BASH_EXECUTION_STRING"),
}
ONLY_IN_NIX_SHELL = {"__ETC_PROFILE_SOURCED", "exitHooks", "failureHooks"}
ONLY_IN_THE_IMAGE = {"NIX_LOG_FD", "SSL_CERT_FILE", "NIX_SSL_CERT_FILE"}


def test_the_derivation_builds_inside(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.nixShell")
    assert reference == "greeting-env:latest"
    assert docker.run(reference, "bash", "-c", 'buildDerivation && echo "$(<$out/greeting)"') == BUILT


def test_a_person_on_a_terminal_gets_hook_and_prompt(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.nixShell")
    run = [docker.client, "--host", docker.host, "run", "--rm", "--network", "none", "-it", reference]
    typed = b"buildDerivation; echo $((6 * 7)): $(<$out/greeting); exit\n"
    screen = output(need("script"), "--quiet", "--return", "--command", shlex.join(run), "/dev/null", stdin=typed)
    lines = screen.decode().replace("\r", "").splitlines()
    assert HOOK.strip() in lines
    assert f"42: {' '.join(BUILT.split())}" in lines
    assert any(line.startswith("\x1b[1;32m[nix-shell:~]$\x1b[0m ") for line in lines)


def test_a_command_is_run_in_an_interactive_shell_even_without_a_terminal(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.nixShellCommand")
    assert docker.run(reference) == f"{HOOK}interactive\n"
    assert docker.run(reference, options=("--tty",)).replace("\r", "") == f"{HOOK}interactive\n"


def test_run_is_not_interactive_and_builds_as_the_user_given(load: Loader, docker: Docker) -> None:
    _, reference = load("nixdock.examples.nixShellRun")
    assert docker.run(reference).splitlines() == [
        *(HOOK + "not interactive\n" + BUILT).splitlines(),
        "/home/builder/writable nixbld 1234:56",
        "/nix/store nixbld 1234:56",
        "/build nixbld 1234:56",
    ]


def test_the_shell_is_that_of_nix_shell(load: Loader, docker: Docker, nix: Nix) -> None:
    _, reference = load(SHOWING_IMAGE)
    ours, our_rest = declarations(docker.run(reference))
    theirs, their_rest = declarations(real_nix_shell(nix))
    assert our_rest == their_rest
    assert "text: one" in our_rest
    assert "function" in our_rest
    assert theirs.keys() - ours.keys() - OF_THE_PLACE == ONLY_IN_NIX_SHELL
    assert ours.keys() - theirs.keys() - OF_THE_PLACE == ONLY_IN_THE_IMAGE
    alike = (ours.keys() & theirs.keys()) - OF_THE_PLACE
    assert {name: ours[name] for name in alike} == {name: theirs[name] for name in alike}
    assert {"answer", "list", "yes", "no", "out", "fromHook", "IN_NIX_SHELL", "SHELL", "NIX_STORE"} <= alike


def test_path_is_that_of_nix_shell_and_the_command_to_build(load: Loader, docker: Docker, nix: Nix) -> None:
    _, reference = load(SHOWING_IMAGE)
    ours = declarations(docker.run(reference))[0]["PATH"].split(":")
    theirs = declarations(real_nix_shell(nix))[0]["PATH"].split(":")
    [build] = set(ours) - set(theirs)
    assert build.endswith("-buildDerivation/bin")
    assert [directory for directory in ours if directory != build] == theirs


def test_what_is_built_inside_is_what_nix_builds(load: Loader, docker: Docker, nix: Nix) -> None:
    """Its place and, as the build user has the same name in both, its bytes."""
    image, reference = load(SHOWING_IMAGE)
    out = str(nix.build_expression(SHOWING))
    assert out not in image.store_paths
    assert docker.run(reference, "bash", "-c", f'buildDerivation && echo "$(<{out})"') == "42 a b\nnixbld\none\ntwo\n"
    assert Path(out).read_text() == "42 a b\nnixbld\none\ntwo"


def test_a_derivation_without_stdenv_that_names_its_output_by_placeholder(load: Loader, docker: Docker) -> None:
    _, reference = load("""dockerTools.streamNixShellImage {
      drv = derivation {
        name = "bare";
        inherit (pkgs.stdenv.hostPlatform) system;
        builder = "${pkgs.bash}/bin/bash";
        args = [ "-c" "echo \\"it's $name\\" > ${placeholder "out"}" ];
      };
    }""")
    assert docker.run(reference, "bash", "-c", 'buildDerivation && echo "$(<$out)"') == "it's bare\n"


def test_a_nonexistent_home_stays_so(load: Loader, docker: Docker) -> None:
    """/homeless-shelter is Nix's word for it."""
    run = "echo ~; echo $HOME; test ! -e ~"
    _, reference = load(f"""dockerTools.buildNixShellImage {{
      drv = {SHOWING};
      name = "homeless";
      homeDirectory = "/homeless-shelter";
      run = "{run}";
    }}""")
    assert docker.run(reference) == "/homeless-shelter\n" * 2


def real_nix_shell(nix: Nix) -> str:
    """What nix-shell itself prints for SHOW."""
    shell = f"{nix.build('pkgs.bash')}/bin/bash"
    environment = {**nix.environment, "NIX_BUILD_SHELL": shell}
    command = [need("nix-shell"), "--pure", "--run", SHOW, "--expr", f"{PRELUDE}{SHOWING}"]
    return output(*command, env=environment).decode()


def declarations(printed: str) -> tuple[dict[str, str], list[str]]:
    """The variables that `declare -p` printed, with their attributes, and the other lines."""
    found, rest = {}, []
    for line in printed.splitlines():
        if match := re.fullmatch(r'declare (-\S+) (\w+)(?:="(.*)"|=(.*))?', line):
            flags, name, text, array = match.groups()
            found[name] = text if name == "PATH" else f"{flags} {text}{array}"
        else:
            rest.append(line)
    return found, rest
