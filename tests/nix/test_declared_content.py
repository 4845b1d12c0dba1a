"""What users declare of an image's root is checked before anything is built, and is the same in every function."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.support.nix import Nix

APP = "users.app = { uid = 1000; };"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("users = [ ];", "users is a list, not of type set: write"),
        ("users.app = 5;", "users.app is an int, not a set: it has"),
        ("users.app = { };", "users.app has no uid: write users.app.uid = a number, like uid = 1000"),
        ('users.app.uid = "1000";', 'users.app.uid is "1000": write a number, like uid = 1000'),
        ("users.app.uid = -1;", "users.app.uid is -1: write a number"),
        ("users.app = { uid = 1; hom = null; };", "users.app has no hom: did you mean home?"),
        ('users."a:b".uid = 1;', 'users has the name "a:b": use at most 31 small letters'),
        ('users.app = { uid = 1; home = "x"; };', 'users.app.home is "x": write an absolute path'),
        ('users.app = { uid = 1; description = "a:b"; };', 'users.app.description is "a:b": write a string without :'),
        ('users.app = { uid = 1; shell = "sh"; };', 'users.app.shell is "sh": write the absolute path of a program'),
        ('users.app = { uid = 1; groups = "x"; };', 'users.app.groups is "x": write a list of names'),
        ("users = { a.uid = 1; b.uid = 1; };", "the uid 1 is declared twice, by users.a and users.b: leave one out"),
        ("groups = { a.gid = 1; b.gid = 1; };", "the gid 1 is declared twice, by groups.a and groups.b: leave one out"),
        ('defaultUser = "app";', 'defaultUser is "app", and nobody declares that user: write users.app ='),
        (f'{APP} defaultUser = "app"; config.User = "5";', "both defaultUser and config.User are given: keep one"),
        ('directories."tmp" = { };', 'directories has the name "tmp": write an absolute path outside of /nix/store'),
        ('directories."/a/../b" = { };', 'directories has the name "/a/../b": write an absolute path'),
        (
            'directories."/nix/store/x" = { };',
            'directories has the name "/nix/store/x": write an absolute path outside',
        ),
        ('directories."/tmp/" = { };', 'directories has the name "/tmp/": write'),
        ('files."/.wh.x".text = "";', 'files has the name "/.wh.x": write an absolute path'),
        ('directories."/tmp".mode = "rwx";', 'directories."/tmp".mode is "rwx": write octal digits in quotes'),
        ('directories."/tmp".mode = 1777;', 'directories."/tmp".mode is an int: write octal digits'),
        ('files."/x" = { };', 'files."/x" has no content: give one of text and source'),
        ('files."/x" = { text = ""; source = ./.; };', 'files."/x" has both text and source: give one'),
        ('files."/x" = "text";', 'files."/x" is "text", not a set: it has'),
        ('files."/x".source = "/etc/passwd";', 'files."/x".source is "/etc/passwd": write a path without quotes'),
        ('symlinks."/x" = 5;', 'symlinks."/x" is an int: write what the link holds, a string'),
        (
            'symlinks."/x" = "y"; files."/x".text = "";',
            'the path /x is declared twice, by files."/x" and symlinks."/x"',
        ),
        ('capabilities."/x" = [ "cap" ];', 'capabilities."/x" is a list: write capabilities as setcap takes them'),
        ('timeZone = "../../etc";', 'timeZone is "../../etc": write it as in the list of the time zone database'),
        ('locale = "de_DE.UTF-8";', 'locale is "de_DE.UTF-8", and this package set has no glibcLocales: use "C.UTF-8"'),
        ('tmp = "yes";', 'tmp is "yes", not of type bool: write true or false'),
        ("healthcheck = { };", "healthcheck.command is null: write a list of words, or a string"),
        ('healthcheck = { command = "x"; intervall = 1; };', "healthcheck has no intervall: did you mean interval?"),
        (
            'healthcheck = { command = "x"; interval = "5"; };',
            'healthcheck.interval is "5": write seconds, or a string',
        ),
        ('healthcheck = { command = "x"; retries = 0; };', "healthcheck.retries is 0: write a number, like 3"),
        ("labels.a = 5;", 'labels."a" is an int, not a string: write it in quotes'),
        ("init = true; config.Entrypoint = 5;", "config.Entrypoint has an int, which is not a string"),
        ("users.app.uid = 4294967295;", "users.app.uid is 4294967295: write a number"),
        ('users.app = { uid = 1; gid = "x"; };', 'users.app.gid is "x": write a number, like gid = 1000'),
        (
            'users.app = { uid = 1; description = "a\\nb"; };',
            r'users.app.description is "a\nb": write a string without',
        ),
        (
            'users = { a = { uid = 1; home = "/s"; }; b = { uid = 2; home = "/s"; }; };',
            "the path /s is declared twice, by users.a.home and users.b.home: leave one out",
        ),
        ('defaultUser = "";', 'defaultUser is "": write the name of a user, like "app", or ids'),
        ('defaultUser = "1:2:3";', 'defaultUser is "1:2:3": write the name of a user'),
        (f'{APP} defaultUser = "ap:app";', 'defaultUser is "ap:app", and nobody declares that user: write users.ap ='),
        (
            'users.app.uid = 2147483648; defaultUser = "app";',
            'defaultUser is "app", with the id 2147483648: use one up to 2147483647, runtimes run no other',
        ),
        ('directories."/x".user = 4294967295;', 'directories."/x".user is 4294967295: write a name or an id'),
        ('files."/nix".text = "";', 'files has the name "/nix": write an absolute path outside of /nix/store'),
        ('symlinks."/nix" = "x";', 'symlinks has the name "/nix": write an absolute path'),
        (f'files."/x/{"y" * 256}".text = "";', f'files has the name "/x/{"y" * 256}": write an absolute path'),
        (
            f'{APP} files."/etc/passwd".text = "";',
            'the path /etc/passwd is declared twice, by users and files."/etc/passwd": leave one out',
        ),
        ('groups.g.gid = 5; symlinks."/etc/group" = "x";', "the path /etc/group is declared twice, by groups and"),
        ('symlinks."/x" = "";', 'symlinks."/x" is "": write what the link holds'),
        (
            'healthcheck = { command = "x"; interval = 1000000001; };',
            "healthcheck.interval is 1000000001: write",
        ),
        ('healthcheck = { command = "x"; timeout = "277778h"; };', 'healthcheck.timeout is "277778h": write seconds'),
        ('healthcheck = { command = "x"; interval = -1; };', "healthcheck.interval is -1: write seconds"),
        ('hardened = true; config = "x";', "config is a string, not an attribute set"),
        ('hardened = true; config.volumes = [ "/x" ];', "config.Volumes is a list, not a set of empty sets"),
    ],
)
def test_what_is_wrong_is_said_with_a_remedy(nix: Nix, arguments: str, says: str) -> None:
    messages = nix.fails(f'dockerTools.buildImage {{ name = "a"; {arguments} }}')
    assert f"error: nixdock: buildImage: {says}" in messages
    assert "will be built" not in messages


def config(nix: Nix, arguments: str) -> dict[str, object]:
    return dict(nix.image(f'dockerTools.buildImage {{ name = "a"; tag = "1"; {arguments} }}').recipe["config"])


def test_durations_and_words_of_the_health_check(nix: Nix) -> None:
    check = 'command = "exit 0"; interval = "1m30s"; timeout = "05s500ms"; startPeriod = 7; retries = 2;'
    assert config(nix, f"healthcheck = {{ {check} }};")["Healthcheck"] == {
        "Test": ["CMD-SHELL", "exit 0"],
        "Interval": 90_000_000_000,
        "Timeout": 5_500_000_000,
        "StartPeriod": 7_000_000_000,
        "Retries": 2,
    }


def test_the_longest_durations(nix: Nix) -> None:
    check = 'command = "exit 0"; interval = 1000000000; timeout = "277777h46m40s";'
    found = config(nix, f"healthcheck = {{ {check} }};")["Healthcheck"]
    assert isinstance(found, dict)
    assert (found["Interval"], found["Timeout"]) == (10**18, 10**18)


@pytest.mark.parametrize(
    ("arguments", "user"),
    [
        ('users.app.uid = 2147483647; defaultUser = "app";', "2147483647"),
        ('defaultUser = "1000:1000";', "1000:1000"),
        ('defaultUser = "0";', "0"),
        ('users.app.uid = 5; groups.team.gid = 6; defaultUser = "app:team";', "5:6"),
        ('users.app.uid = 5; defaultUser = "app:app";', "5:app"),
        ('users.app.uid = 5; defaultUser = "nobody";', "nobody"),
        ('defaultUser = "nobody"; copyToRoot = dockerTools.fakeNss;', "nobody"),
        ('defaultUser = "mine"; files."/etc/passwd".text = "mine:x:7:7::/:/x";', "mine"),
        ('defaultUser = "made"; extraCommands = "echo made:x:5:5::/:/x > passwd";', "made"),
    ],
)
def test_who_the_image_runs_as(nix: Nix, arguments: str, user: str) -> None:
    assert config(nix, arguments)["User"] == user


def test_a_default_user_that_no_file_knows(nix: Nix) -> None:
    body = 'dockerTools.buildImage { name = "a"; defaultUser = "who"; copyToRoot = dockerTools.fakeNss; }'
    assert "nixdock: error: there is no user who in defaultUser: declare it in users" in nix.fails(body)


@pytest.mark.parametrize(
    ("inherit", "more", "started"),
    [
        ('"all"', "", ["tini", "--", "/app", "-v"]),
        ('"env"', "", ["tini", "--"]),
        ('"all"', 'config.entrypoint = [ "/mine" ];', ["tini", "--", "/mine"]),
        ('"all"', "config.Entrypoint = [ ];", ["tini", "--"]),
        ('"all"', 'config.Entrypoint = [ "${pkgs.tini}/bin/tini" "-g" "/mine" ];', ["tini", "-g", "/mine"]),
    ],
)
def test_init_goes_before_what_base_and_config_start(nix: Nix, inherit: str, more: str, started: list[str]) -> None:
    base = 'dockerTools.buildImage { name = "b"; config = { Entrypoint = [ "/app" "-v" ]; Cmd = [ "c" ]; }; }'
    found = config(nix, f"fromImage = {base}; init = true; inheritConfig = {inherit}; {more}")["Entrypoint"]
    assert isinstance(found, list)
    assert [word.removeprefix(f"{nix.path('pkgs.tini')}/bin/") for word in found] == started


def test_no_home_is_made_of_what_is_nobodys_own(nix: Nix) -> None:
    homes = ["/", "/var/empty", "/nonexistent", "/dev/null", "/home/e"]
    users = "".join(
        f'users.u{n} = {{ uid = {n + 5}; home = "{home}"; }}; users.v{n} = {{ uid = {n + 50}; home = "{home}"; }};'
        for n, home in enumerate(homes[:-1])
    )
    users += 'users.e = { uid = 1; home = "/home/e"; };'
    image = nix.image(f'dockerTools.buildImage {{ name = "a"; compressor = "none"; {users} }}')
    found = last_layer(image.archive)
    assert {"home", "home/e"} <= found.keys()
    assert not {"var", "var/empty", "nonexistent", "dev"} & found.keys()


def test_a_package_as_shell_is_its_program(nix: Nix) -> None:
    shell = 'pkgs.busybox // { shellPath = "/bin/ash"; }'
    image = nix.image(f'dockerTools.buildImage {{ name = "a"; users.app = {{ uid = 5; shell = {shell}; }}; }}')
    assert any("busybox" in path for path in image.store_paths)
    body = 'dockerTools.buildImage { name = "a"; users.app = { uid = 5; shell = pkgs.busybox; }; }'
    assert " is a directory in users.app.shell: name a program in it" in nix.fails(body)


def test_the_longest_name(nix: Nix) -> None:
    name = "ü" + "y" * 253
    body = f'dockerTools.buildImage {{ name = "a"; compressor = "none"; files."/x/{name}".text = ""; }}'
    assert f"x/{name}" in last_layer(nix.image(body).archive)


def test_labels_are_filled_from_meta_and_yours_win(nix: Nix) -> None:
    meta = """{
      description = "d"; homepage = "https://registry.example"; version = "1"; revision = "abc"; source = "s";
      license = [ { spdxId = "MIT"; } { spdxId = "Apache-2.0"; } ];
    }"""
    yours = '{ "org.opencontainers.image.version" = "2"; "org.opencontainers.image.source" = null; mine = "x"; }'
    image = nix.image(
        f'dockerTools.buildImage {{ name = "Team/App"; meta = {meta}; labels = {yours}; annotations = {{ }}; '
        'config.labels.mine = "y"; }'
    )
    words = {
        "title": "App",
        "description": "d",
        "licenses": "MIT AND Apache-2.0",
        "url": "https://registry.example",
        "revision": "abc",
    }
    filled = {f"org.opencontainers.image.{word}": value for word, value in words.items()}
    version = "org.opencontainers.image.version"
    assert image.recipe["config"]["Labels"] == filled | {version: "2", "mine": "y"}
    assert image.recipe["annotations"] == filled | {version: "1", "org.opencontainers.image.source": "s"}


def test_without_declarations_nothing_is_added(nix: Nix) -> None:
    plain = nix.image('dockerTools.buildImage { name = "a"; copyToRoot = pkgs.hello; meta.description = "d"; }')
    assert "annotations" not in plain.recipe
    assert plain.recipe["config"] == {}
    assert len(plain.recipe["layers"][0]["source"]["root"]) == 1


def test_variables_give_way_to_those_of_config_and_base(nix: Nix) -> None:
    base = 'dockerTools.buildImage { name = "b"; config.Env = [ "LANG=base" ]; }'
    said = config(
        nix, f'fromImage = {base}; certificates = true; locale = "C.UTF-8"; config.Env = [ "SSL_CERT_FILE=x" ];'
    )
    assert said["Env"] == ["LANG=base", "SSL_CERT_FILE=x"]


@pytest.mark.parametrize(
    ("locale", "built"),
    [
        ("de_DE.UTF-8", "de_DE.UTF-8/UTF-8"),
        ("de_DE.utf8", "de_DE.UTF-8/UTF-8"),
        ("hi_IN", "hi_IN/UTF-8"),
    ],
)
def test_the_locale_is_built_under_the_name_of_glibcs_list(nix: Nix, locale: str, built: str) -> None:
    """nixpkgs refuses others; the program is told the user's own word."""
    packages = "{ glibcLocales.override = given: throw (toString given.locales); }"
    body = f'((dockerTools.override {packages}).buildImage {{ name = "a"; locale = "{locale}"; }})'
    assert f"error: {built}\n" in nix.fails(body)


def test_only_what_is_mentioned_comes_along(nix: Nix) -> None:
    """The declared tar itself is no part of the image, in layered images neither."""
    image = nix.image(
        'dockerTools.buildLayeredImage { name = "a"; files."/x".text = "${pkgs.hello}"; symlinks."/y" = pkgs.hello; }'
    )
    names = {path.split("-", 1)[1] for path in image.store_paths}
    assert "a-declared.tar" not in names
    assert any(name.startswith("hello") for name in names)


SCRIPTED = """dockerTools.buildLayeredImage {{
  name = "a"; tag = "1"; compressor = "none"; contents = [ pkgs.busybox ];
  users.app.uid = 1000; users.app.home = "/home/app";
  directories."/var/app" = {{ user = "app"; mode = "0710"; }};
  directories."/var/ours" = {{ user = "app"; mode = "0710"; }};
  files."/secret" = {{ text = "s"; mode = "0000"; user = "app"; }};
  capabilities."/bin/ping" = "cap_net_raw+ep";
  tmp = true;
  {scripts}
}}"""


@pytest.mark.parametrize(
    ("scripts", "owner", "mode"),
    [
        ("", 1000, 0o710),
        ('extraCommands = "echo > made; chmod 0700 var/ours; test -x bin/ping";', 1000, 0o700),
        ('fakeRootCommands = "[ $(stat -c %u-%a tmp) = 0-1777 ]; chown 7 var/ours";', 7, 0o710),
        (
            'enableFakechroot = true; fakeRootCommands = "[ $(stat -c %u /home/app) = 1000 ]; chown 7 /var/ours";',
            7,
            0o710,
        ),
        ('extraCommands = "chmod 0700 var/ours"; fakeRootCommands = "chown 7 var/ours";', 7, 0o700),
    ],
)
def test_scripts_see_it_and_owners_modes_and_capabilities_stay(nix: Nix, scripts: str, owner: int, mode: int) -> None:
    image = nix.image(SCRIPTED.format(scripts=scripts))
    found = last_layer(image.archive)
    assert (found["var/app"].uid, found["var/app"].mode) == (1000, 0o710)
    assert (found["var/ours"].uid, found["var/ours"].mode) == (owner, mode)
    assert (found["home/app"].uid, found["home/app"].mode) == (1000, 0o700)
    assert (found["tmp"].uid, found["tmp"].mode) == (0, 0o1777)
    assert (found["secret"].uid, found["secret"].mode) == (1000, 0)
    assert "SCHILY.xattr.security.capability" in found["bin/ping"].pax_headers


def last_layer(archive: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        last = tar.extractfile(json.load(manifest)[0]["Layers"][-1])
        with tarfile.open(fileobj=last) as layer:
            return {member.name: member for member in layer}


def test_nix_shell_images_have_a_shell_of_their_own(nix: Nix) -> None:
    assert nix.path("dockerTools.buildNixShellImage { drv = pkgs.hello; }")


SETS = """
  echo x > ours; chmod 755 ours
  ${pkgs.python3}/bin/python3 ${pkgs.writeText "set.py" ''
    import os
    os.setxattr("ours", "security.capability", bytes.fromhex("0100000200200000" + "0" * 24))
    os.setxattr("ours", "user.note", b"a\\0b")
    os.setxattr("bin/ping", "user.note", b"c")
  ''}
"""


@pytest.mark.parametrize("function", ["fakeRootCommands = ", "enableFakechroot = true; fakeRootCommands = "])
def test_attributes_that_scripts_set_are_recorded(nix: Nix, function: str) -> None:
    found = last_layer(nix.image(SCRIPTED.format(scripts=f"{function} ''{SETS}'';")).archive)
    value = bytes.fromhex("0100000200200000" + "0" * 24).decode("utf-8", "surrogateescape")
    headers = found["ours"].pax_headers
    assert headers == {"SCHILY.xattr.security.capability": value, "SCHILY.xattr.user.note": "a\0b"}
    assert found["bin/ping"].pax_headers.keys() == headers.keys()
    assert found["tmp"].pax_headers == {}


def test_run_as_root_records_attributes_of_a_bases_files(nix: Nix) -> None:
    base = """dockerTools.buildImage {
      name = "b"; copyToRoot = pkgs.busybox; files."/kept".text = "k"; files."/other".text = "o";
    }"""
    script = """
      ${pkgs.python3}/bin/python3 -c 'import os; os.setxattr("/bin/busybox", "user.note", b"n")'
    """
    arguments = f"""name = "a"; compressor = "none"; fromImage = {base}; runAsRoot = ''{script}'';"""
    image = nix.image(f"dockerTools.buildImage {{ {arguments} }}")
    found = last_layer(image.archive)
    assert found["bin/busybox"].pax_headers == {"SCHILY.xattr.user.note": "n"}
    assert "kept" not in found
