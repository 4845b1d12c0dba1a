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


def nix_string(text: str, before: str = "") -> str:
    """before: what stands before the text, as Nix has it in quotes."""
    return f'"{before}' + json.dumps(text)[1:].replace("${", r"\${")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/bin/web -p 80", ["/bin/web", "-p", "80"]),
        ("  /bin/web\t-p\\\n  80 ", ["/bin/web", "-p", "80"]),
        ("/bin/web %N %S/%N %t %C %L 5%%", ["/bin/web", "web", "/var/lib/web", "/run", "/var/cache", "/var/log", "5%"]),
        ("/bin/web [::]:80 *.a? {a,b}", ["/bin/web", "[::]:80", "*.a?", "{a,b}"]),
    ],
)
def test_a_plain_command_needs_no_shell(nix: Nix, command: str, words: list[str]) -> None:
    assert made(nix, f"ExecStart = {nix_string(command)};")["config"]["Entrypoint"] == words


def start(unit: str, environment: str = "") -> str:
    """A derivation that runs the image's command, and has what it prints."""
    run = "${pkgs.lib.escapeShellArgs image.buildArgs.config.Entrypoint} > $out"
    return f'(let image = {image(unit)}; in pkgs.runCommand "started" {{ {environment} }} "{run}")'


SHELL = "${pkgs.bash}/bin/bash "
SHOW = r"""${pkgs.writeShellScript "show" "printf '<%s>' \"$@\""} """


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (r"""p "a b" 'c "d"' e"f 'g'"h "\"i\" \\j" """, r"""<p><a b><c "d"><ef 'g'h><"i" \j>"""),
        ("""- "" '' """, "<-><><>"),
        (""" "[a] {b} *" [ab] {a,b} /* 'c;d' "e&&f" """, "<[a] {b} *><[ab]><{a,b}></*><c;d><e&&f>"),
        (
            """${AT} -${AT}- "-${AT} ${AT}" ${NONE} a${NONE} $${AT} "$$AT" """,
            "<h  *><-h  *-><-h  * h  *><><a><${AT}><$AT>",
        ),
        (""" "%S/%N %%" '%t' %%S\t%%%L""", "</var/lib/web %></run><%S><%/var/log>"),
        ("""'a\tb'\\\n  c\td\n""", "<a\tb><c><d>"),
    ],
)
def test_a_shell_reads_as_systemd_reads(nix: Nix, words: str, printed: str) -> None:
    """Quotes, variables of the container, and what a shell alone would take for patterns and lists."""
    unit = f"ExecStart = {nix_string(words, SHOW)};"
    assert nix.build_expression(start(unit, 'AT = "h  *"; NONE = "";')).read_text() == printed


def test_a_variable_that_nobody_sets_ends_it(nix: Nix) -> None:
    assert "GONE: unbound variable" in nix.fails(start(f"ExecStart = {nix_string('${GONE}', SHOW)};"))


def test_what_is_run_before(nix: Nix) -> None:
    """With - before it, it may fail. After @, the program finds the name that it is given."""
    unit = """
      ExecStartPre = [ "${pkgs.coreutils}/bin/echo one" "-${pkgs.coreutils}/bin/false" ];
      ExecStart = "@${pkgs.busybox}/bin/busybox  echo two";
    """
    assert nix.build_expression(start(unit)).read_text() == "one\ntwo\n"
    failing = 'ExecStartPre = "${pkgs.coreutils}/bin/false"; ExecStart = "${pkgs.coreutils}/bin/true";'
    assert "started.drv' failed with exit code 1" in nix.fails(start(failing))


def test_umask(nix: Nix) -> None:
    assert (
        nix.build_expression(start(f"UMask = 77; ExecStart = {nix_string('-c umask', SHELL)};")).read_text() == "0077\n"
    )


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
      Environment = [ "A=3 C=d=e" "D=%N" ];
      StateDirectory = "web web/cache";
      LogsDirectory = [ "web" ];
    """
    found = environment(made(nix, unit, USERS))
    assert found.pop("PATH").count("coreutils") == 2
    assert found.pop("PLACE") == nix.path("pkgs.hello")
    assert found == {
        **{"A": "3", "B": "2", "C": "d=e", "D": "web", "TZDIR": "/other", "USER": "web", "LOGNAME": "web"},
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
NOBODY = {"uid": 999, "gid": 999, "groups": [], "home": "/var/empty"}


@pytest.mark.parametrize(
    ("unit", "user"),
    [
        ("", {"root": {"uid": 0, "gid": 0, "groups": [], "home": "/root"}}),
        ("DynamicUser = true;", {"web": NOBODY}),
        ('DynamicUser = "yes"; User = "dyn";', {"dyn": NOBODY}),
        ("DynamicUser = false;", {"root": {"uid": 0, "gid": 0, "groups": [], "home": "/root"}}),
        ('User = "nobodys";', {"nobodys": NOBODY}),
        ('User = "nobodys"; Group = "root";', {"nobodys": {**NOBODY, "gid": 0}}),
    ],
)
def test_other_users(nix: Nix, unit: str, user: Arguments) -> None:
    users = 'users.users.nobodys = { uid = null; group = "nobodys"; home = "/var/empty"; };'
    assert made(nix, f'ExecStart = "/bin/web"; {unit}', users)["users"] == user


def test_directories(nix: Nix) -> None:
    unit = """
      ExecStart = "/bin/web"; User = "web"; WorkingDirectory = "-%S/web"; KillSignal = "SIGQUIT";
      RuntimeDirectory = "web"; RuntimeDirectoryMode = 750; StateDirectory = "%N a/b"; CacheDirectory = "web";
      LogsDirectory = ""; ConfigurationDirectory = "web";
    """
    arguments = made(nix, unit, USERS)
    own = {"user": "web", "group": "www"}
    assert arguments["directories"] == {
        "/run/web": {"mode": "750", **own},
        **{path: {"mode": "0755", **own} for path in ("/var/lib/web", "/var/lib/a/b", "/var/cache/web")},
        "/etc/web": {"mode": "0755"},
    }
    assert arguments["config"]["WorkingDir"] == "/var/lib/web"
    assert arguments["config"]["StopSignal"] == "SIGQUIT"
    home = made(nix, 'ExecStart = "/bin/web"; User = "web"; WorkingDirectory = "~";', USERS)
    assert home["config"]["WorkingDir"] == "/home/web"
    plain = made(nix, 'ExecStart = "/bin/web";')["config"]
    assert (plain["WorkingDir"], plain["StopSignal"]) == ("/", "SIGTERM")


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
      directories."/var/lib/web".mode = "0700";
    """
    found = made(nix, 'ExecStart = "/bin/web"; StateDirectory = "web"; environment.A = "0";', arguments=arguments)
    assert (found["name"], found["maxLayers"], found["config"]["Cmd"]) == ("other", 7, ["x"])
    assert found["config"]["Entrypoint"] == ["/bin/web"]
    assert found["users"]["root"] == {"uid": 0, "gid": 0, "groups": [], "home": "/elsewhere"}
    assert found["users"]["more"] == {"uid": 5}
    assert found["directories"] == {"/srv": {}, "/var/lib/web": {"mode": "0700", "user": "root", "group": "root"}}
    assert environment(found)["A"] == "1"
    assert environment(found)["USER"] == "root"


HAS = "systemd.services.web has "
NO = "systemd.services.web.serviceConfig."
ONLY = "which only systemd understands: write"


@pytest.mark.parametrize(
    ("unit", "says"),
    [
        *(
            (
                f'{key} = "/a";',
                f"{HAS}{key}, which wants systemd: use lib.mkForce, and do the like in ExecStart or where",
            )
            for key in (
                *("BindPaths", "BindReadOnlyPaths", "ExecCondition", "ExecStartPost", "ImportCredential"),
                *(
                    "LoadCredential",
                    "LoadCredentialEncrypted",
                    "PAMName",
                    "RootDirectory",
                    "RootImage",
                    "SetCredential",
                ),
            )
        ),
        ('EnvironmentFile = [ "-/etc/a" "/etc/b" ];', f"{HAS}EnvironmentFile, which wants systemd: use"),
        ('Type = "forking";', f"{HAS}Type = forking (stay in the foreground), which wants systemd: use"),
        ('Type = "dbus";', f"{HAS}Type = dbus (stay in the foreground), which wants systemd: use"),
        ('ExecStart = [ "/bin/a" "/bin/b" ];', f"{HAS}several ExecStart, or none, which wants systemd: use"),
        ('ExecStart = [ "" ];', f"{HAS}several ExecStart, or none, which wants systemd: use"),
        ('User = "who";', f"{NO}User needs users.users.who"),
        *(
            (
                f'ExecStartPre = "{sign}/bin/a";',
                f'{NO}ExecStartPre is "{sign}/bin/a": begin it with the path of a program',
            )
            for sign in ("!", "+", ":", "|", "@", "-+", "cd ")
        ),
        ('ExecStart = "@/bin/a";', f'{NO}ExecStart is "@/bin/a": begin it with the path'),
        ('ExecStart = "/bin/a %H";', f'{NO}ExecStart has %, {ONLY} "/bin/a %H" without it'),
        ('ExecStart = "/bin/a $AT"; environment.AT = "x y";', f"{NO}ExecStart has $, {ONLY}"),
        ("ExecStart = ''/bin/a 'b $AT';'';", f"{NO}ExecStart has '$';, {ONLY}"),
        ("ExecStart = ''/bin/a \"b'';", f'{NO}ExecStart has ", {ONLY}'),
        ("ExecStart = ''/bin/a \\x41'';", f"{NO}ExecStart has \\, {ONLY}"),
        *(
            (f'ExecStart = "/bin/a b{sign}c";', f"{NO}ExecStart has {sign}, {ONLY}")
            for sign in (";", "&&", "|", "<", ">", "(", ")", "~", "#", "`")
        ),
        ("""Environment = "'A=b c'";""", f"{NO}Environment has '', {ONLY}"),
        ('StateDirectory = "%i";', f"{NO}StateDirectory has %, {ONLY}"),
    ],
)
def test_what_only_systemd_can_do(nix: Nix, unit: str, says: str) -> None:
    start = "" if "ExecStart =" in unit else 'ExecStart = "/bin/web";'
    assert f"error: nixdock: imageFromNixos: {says}" in nix.fails(image(start + unit, USERS))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ('nixos = { }; service = "web";', "nixos has no config: give what nixosSystem"),
        (
            f'nixos = {NIXOS} {{ services.nginx.ExecStart = "a"; }}; service = "ngix";',
            "there is no systemd.services.ngix: name one of the configuration",
        ),
        (
            f"nixos = {NIXOS} {{ boot.isContainer = false; }};",
            "the configuration is of a machine, with a kernel: set boot.isContainer = true",
        ),
        (
            f'nixos = {NIXOS} {{ services.web.ExecStart = "a"; systemd.sockets.web.enable = true; }}; service = "web";',
            "systemd.services.web has systemd.sockets.web (listen without it), which wants systemd: use lib.mkForce",
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
