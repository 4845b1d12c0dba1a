"""What imageFromNixos takes of a configuration (tests.support.nixos), and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.nix import Nix
from tests.support.nixos import NIXOS

Arguments = dict[str, Any]


def image(unit: str, more: str = "", arguments: str = "") -> str:
    """The image of a service `web` with the keys of a unit, of a configuration with more in it."""
    nixos = f"{NIXOS} {{ services.web = {{ {unit} }}; {more} }}"
    return f'(dockerTools.imageFromNixos {{ nixos = {nixos}; service = "web"; {arguments} }})'


def made(nix: Nix, unit: str, more: str = "", arguments: str = "") -> Arguments:
    """The arguments that buildLayeredImage gets."""
    return dict(json.loads(nix.evaluate(f"{image(unit, more, arguments)}.buildArgs")))


def environment(arguments: Arguments) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in arguments["config"]["Env"])


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/bin/web -p 80", ["/bin/web", "-p", "80"]),
        ("  /bin/web\t-p\\\n  80 ", ["/bin/web", "-p", "80"]),
        (
            r"""/bin/web "a b" 'c "d"' e"f "g \"h\" i\sj \\k""",
            ["/bin/web", "a b", 'c "d"', "ef g", '"h"', "i j", "\\k"],
        ),
        ("""/bin/web "" ''""", ["/bin/web", "", ""]),
        (
            "/bin/web %n %N %S/%p %t %C %L %E %T %V 5%%",
            [
                "/bin/web",
                "web.service",
                "web",
                "/var/lib/web",
                "/run",
                *["/var/cache", "/var/log", "/etc", "/tmp", "/var/tmp", "5%"],
            ],
        ),
        ("/bin/web --at=${AT} $$AT", ["/bin/web", "--at=home", "$AT"]),
        ("-/bin/web", ["/bin/web"]),
        (":/bin/web ${AT} $AT $$", ["/bin/web", "${AT}", "$AT", "$$"]),
        ("+/bin/web", ["/bin/web"]),
    ],
)
def test_a_command_is_read_as_systemd_reads_it(nix: Nix, command: str, words: list[str]) -> None:
    unit = f'ExecStart = {nix_string(command)}; environment.AT = "home";'
    assert made(nix, unit)["config"]["Entrypoint"] == words


def nix_string(text: str) -> str:
    return json.dumps(text).replace("${", r"\${")


def test_its_packages_are_in_the_image_and_systemd_is_not(nix: Nix) -> None:
    built = nix.image(image('ExecStart = "${pkgs.busybox}/bin/httpd -f";'))
    names = {path.partition("-")[2].partition("-")[0] for path in built.store_paths}
    assert {"busybox", "coreutils", "bundle"} <= names
    assert not names & {"systemctl", "settings", "nixos"}


def test_environment(nix: Nix) -> None:
    """systemd.exec(5): what `Environment` says wins; each kind of directory has a variable."""
    unit = """
      ExecStart = "/bin/web";
      User = "web";
      environment = { A = "1"; B = "2"; GONE = null; TZDIR = "/other"; PLACE = pkgs.hello; };
      Environment = [ "A=3 'C=d e=f'" "D=%n" ];
      StateDirectory = "web web/cache";
      LogsDirectory = [ "web" ];
    """
    found = environment(made(nix, unit, USERS))
    assert found.pop("PATH").count("coreutils") == 2
    assert found.pop("PLACE") == nix.path("pkgs.hello")
    assert found == {
        **{"A": "3", "B": "2", "C": "d e=f", "D": "web.service", "TZDIR": "/other", "USER": "web", "LOGNAME": "web"},
        **{"STATE_DIRECTORY": "/var/lib/web:/var/lib/web/cache", "LOGS_DIRECTORY": "/var/log/web"},
    }


USERS = """
  users.users.web = { uid = 60; group = "www"; home = "/home/web"; extraGroups = [ "media" ]; };
  users.groups = { www.gid = 61; media.gid = null; };
"""


def test_a_path_that_the_configuration_sets_stays(nix: Nix) -> None:
    unit = 'ExecStart = "/bin/web"; environment.PATH = "/mine";'
    assert environment(made(nix, unit))["PATH"] == "/mine"


def test_user_and_groups(nix: Nix) -> None:
    """Those without a number get one that is the same in each image."""
    arguments = made(nix, 'ExecStart = "/bin/web"; User = "web"; SupplementaryGroups = "tty video";', USERS)
    assert arguments["defaultUser"] == "web"
    assert arguments["users"] == {
        "web": {"uid": 60, "gid": 61, "home": "/home/web", "groups": ["tty", "video", "media"]},
    }
    assert arguments["groups"] == {name: {"gid": gid} for name, gid in zip(GROUPS, (61, 998, 997, 996), strict=True)}


GROUPS = ("www", "tty", "video", "media")


@pytest.mark.parametrize(
    ("unit", "user"),
    [
        ("", {"root": {"uid": 0, "gid": 0, "groups": [], "home": "/root"}}),
        ("DynamicUser = true;", {"web": {"uid": 999, "gid": 999, "groups": []}}),
        ('DynamicUser = "yes"; User = "dyn";', {"dyn": {"uid": 999, "gid": 999, "groups": []}}),
        ("DynamicUser = false;", {"root": {"uid": 0, "gid": 0, "groups": [], "home": "/root"}}),
        ('User = "nobodys";', {"nobodys": {"uid": 999, "gid": 999, "groups": []}}),
        ('User = "nobodys"; Group = "root";', {"nobodys": {"uid": 999, "gid": 0, "groups": []}}),
    ],
)
def test_other_users(nix: Nix, unit: str, user: Arguments) -> None:
    users = 'users.users.nobodys = { uid = null; group = "nobodys"; home = "/var/empty"; };'
    assert made(nix, f'ExecStart = "/bin/web"; {unit}', users)["users"] == user


def test_directories(nix: Nix) -> None:
    unit = """
      ExecStart = "/bin/web"; User = "web"; WorkingDirectory = "-%S/web"; KillSignal = "SIGQUIT";
      RuntimeDirectory = "web"; RuntimeDirectoryMode = "0750"; StateDirectory = "%N a/b"; CacheDirectory = "web";
      LogsDirectory = ""; ConfigurationDirectory = "web";
    """
    arguments = made(nix, unit, USERS)
    own = {"user": "web", "group": "www"}
    assert arguments["directories"] == {
        "/run/web": {"mode": "0750", **own},
        **{path: {"mode": "0755", **own} for path in ("/var/lib/web", "/var/lib/a/b", "/var/cache/web")},
        "/etc/web": {"mode": "0755"},
    }
    assert arguments["config"]["WorkingDir"] == "/var/lib/web"
    assert arguments["config"]["StopSignal"] == "SIGQUIT"
    home = made(nix, 'ExecStart = "/bin/web"; User = "web"; WorkingDirectory = "~";', USERS)
    assert home["config"]["WorkingDir"] == "/home/web"


@pytest.mark.parametrize(
    ("unit", "there"),
    [
        ('ExecStart = "/bin/web --config=/etc/web/settings";', {"/etc/web/settings"}),
        ('ExecStart = "/bin/web"; environment.CONFIG = "/etc/web";', {"/etc/web/settings"}),
        ('ExecStart = "/bin/web"; ExecStartPre = "/bin/check /etc/webmaster,/etc/none";', {"/etc/webmaster"}),
        ('ExecStart = "/bin/web /etcetera/web/settings";', set()),
    ],
)
def test_files_of_etc(nix: Nix, unit: str, there: set[str]) -> None:
    """What is mentioned, and certificates; of a directory what is in it, and nothing that is off."""
    assert made(nix, unit)["symlinks"].keys() == {"/etc/ssl/certs/ca-bundle.crt"} | there


def test_what_is_given_is_joined_and_wins(nix: Nix) -> None:
    arguments = """
      name = "other"; maxLayers = 7; config = { Env = [ "A=1" ]; Cmd = [ "x" ]; };
      users.root = { uid = 0; home = "/elsewhere"; }; users.more.uid = 5; directories."/srv" = { };
    """
    found = made(nix, 'ExecStart = "/bin/web"; StateDirectory = "web"; environment.A = "0";', arguments=arguments)
    assert (found["name"], found["maxLayers"], found["config"]["Cmd"]) == ("other", 7, ["x"])
    assert found["config"]["Entrypoint"] == ["/bin/web"]
    assert found["users"]["root"]["home"] == "/elsewhere"
    assert found["users"]["more"] == {"uid": 5}
    assert found["directories"].keys() == {"/srv", "/var/lib/web"}
    assert environment(found)["A"] == "1"
    assert environment(found)["USER"] == "root"


NO = "systemd.services.web.serviceConfig."


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        ('LoadCredential = "key:/secret";', f"{NO}LoadCredential needs systemd: set it to lib.mkForce [ ]"),
        ('SetCredential = "key:secret";', f"{NO}SetCredential needs systemd: set it to"),
        ('BindReadOnlyPaths = [ "/a" ];', f"{NO}BindReadOnlyPaths needs systemd: set it to"),
        ('RootDirectory = "/a";', f"{NO}RootDirectory needs systemd: set it to"),
        ('ExecStartPost = [ "/bin/true" ];', f"{NO}ExecStartPost needs systemd: set it to"),
        ('ExecCondition = "/bin/true";', f"{NO}ExecCondition needs systemd: set it to"),
        ('EnvironmentFile = [ "-/etc/a" "/etc/b" ];', f"{NO}EnvironmentFile needs systemd: set it to"),
        ('Type = "forking";', f'{NO}Type is "forking", and a container ends with its first process: have it'),
        ('User = "who";', f'{NO}User is "who": declare users.users.who'),
        ('ExecStartPre = "!/bin/a"; User = "web";', f"{NO}ExecStartPre begins with !, to run as root: have it run as"),
        ('ExecStart = [ "/bin/a" "/bin/b" ];', f"{NO}ExecStart has 2 commands, and a container one: write"),
        ("ExecStart = [ ];", f"{NO}ExecStart has 0 commands, and a container one: write"),
        ('ExecStart = "/bin/a ; /bin/b";', f"{NO}ExecStart has several commands: it is"),
        ('ExecStart = "/bin/a %H";', f"{NO}ExecStart has %H, which only systemd understands: it is"),
        ('ExecStart = "/bin/a \\${NONE}";', f"{NO}ExecStart has ${{NONE}}, which only systemd understands: it is"),
        ('ExecStart = "/bin/a $AT"; environment.AT = "x y";', f"{NO}ExecStart has $AT, which only systemd understands"),
        ("ExecStart = ''/bin/a \"b'';", f"{NO}ExecStart has a quote without its end: it is"),
        ("ExecStart = ''/bin/a \\x41'';", f"{NO}ExecStart has \\x, which only systemd understands: it is"),
    ],
)
def test_what_only_systemd_can_do(nix: Nix, unit: str, says: str) -> None:
    start = "" if "ExecStart =" in unit else 'ExecStart = "/bin/web";'
    assert f"error: nixdock: imageFromNixos: {says}" in nix.fails(image(start + unit, USERS))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ('nixos = { }; service = "web";', "nixos is a set, without config: give what nixosSystem"),
        (
            f'nixos = {NIXOS} {{ services.nginx.ExecStart = "a"; }}; service = "ngix";',
            "there is no systemd.services.ngix: did you mean nginx?",
        ),
        (f'nixos = {NIXOS} {{ }}; service = "web";', "there is no systemd.services.web: name one of the configuration"),
        (
            f"nixos = {NIXOS} {{ boot.isContainer = false; }};",
            "the configuration is of a machine, with a kernel: set boot.isContainer = true",
        ),
        (
            f'nixos = {NIXOS} {{ services.web.ExecStart = "a"; systemd.sockets.web.enable = true; }}; service = "web";',
            "systemd.sockets.web has systemd listen for it: set systemd.sockets.web.enable = false, and have it listen",
        ),
        (f"nixos = {NIXOS} {{ }}; servce = null;", "there is no argument servce: did you mean service?"),
    ],
)
def test_what_is_wrong_with_the_call(nix: Nix, arguments: str, says: str) -> None:
    assert f"error: nixdock: imageFromNixos: {says}" in nix.fails(f"dockerTools.imageFromNixos {{ {arguments} }}")


def test_what_may_be_there(nix: Nix) -> None:
    """An optional file of variables, and what the runtime does in systemd's place."""
    unit = """
      ExecStart = [ "" "/bin/web" ]; ExecReload = "/bin/kill -HUP $MAINPID"; EnvironmentFile = "-/etc/web.env";
      Type = "notify"; Restart = "always"; ProtectSystem = "strict"; AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
      LoadCredential = [ ]; PrivateTmp = true;
    """
    arguments = made(nix, unit, "systemd.sockets.web.enable = false;")
    assert arguments["config"]["Entrypoint"] == ["/bin/web"]
    assert arguments["tmp"] is True


def test_a_script_only_where_it_has_something_to_do(nix: Nix) -> None:
    for unit in ('ExecStartPre = [ "/bin/a" ];', 'UMask = "0027";', 'ExecStart = "@/bin/web web";'):
        start = "" if "ExecStart =" in unit else 'ExecStart = "/bin/web";'
        [script] = made(nix, start + unit)["config"]["Entrypoint"]
        assert script.endswith("-web-start")


def test_a_system(nix: Nix) -> None:
    nixos = f"{NIXOS} {{ }}"
    call = f'dockerTools.imageFromNixos {{ nixos = {nixos}; config.Env = [ "A=1" ]; }}'
    arguments = json.loads(nix.evaluate(f"({call}).buildArgs"))
    assert arguments["name"] == "box"
    assert arguments["includeNixDB"] is True
    assert arguments["config"] == {
        "Entrypoint": ["/sbin/init"],
        "Env": ["container=docker", "A=1"],
        "StopSignal": "SIGRTMIN+3",
    }
    quiet = f'dockerTools.imageFromNixos {{ nixos = {NIXOS} {{ networking.hostName = ""; nix.enable = false; }}; }}'
    arguments = json.loads(nix.evaluate(f"({quiet}).buildArgs"))
    assert (arguments["name"], arguments["includeNixDB"]) == ("nixos", False)


def test_it_can_be_had_with_other_arguments(nix: Nix) -> None:
    body = f"""{image('ExecStart = "/bin/web";')}.override {{ name = "other"; }}"""
    assert json.loads(nix.evaluate(f"({body}).imageName")) == "other"
