"""What users declare instead of writing scripts, in real containers: on nothing, and on bases made here."""

from __future__ import annotations

import json
import re
import shlex
import time
from pathlib import Path, PurePosixPath

import pytest

from tests.support.containerd import Containerd
from tests.support.docker import Docker
from tests.support.images import docker_archive, layer
from tests.support.nix import Nix
from tests.support.podman import Podman
from tests.support.tools import need, output

from .loader import Loader

CAPABILITY = 1 << 10  # cap_net_bind_service (linux/capability.h)


def test_a_service_of_nobodys_root(load: Loader, docker: Docker) -> None:
    """It listens on port 80 as its user, writes where it may, and its health check finds it."""
    _, reference = load("nixdock.examples.service")
    config = docker.inspect(reference)["Config"]
    assert config["User"] == "1000"
    assert {"SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt", "LANG=C.UTF-8"} <= set(config["Env"])
    assert config["Labels"] == {
        "org.opencontainers.image.title": "service",
        "org.opencontainers.image.description": "A service of nobody's root",
    }
    options = ("--sysctl", "net.ipv4.ip_unprivileged_port_start=1024")
    with docker.container(reference, options=options) as service:
        wait_for_health(docker, service.identifier)
        assert service.execute("/bin/wget", "-qO-", "http://127.0.0.1/") == "hello\n"
        assert service.execute("/bin/id").strip() == "uid=1000(app) gid=1000(app) groups=1000(app),2000(shared)"
        assert service.execute("/bin/sh", "-c", "touch /tmp/a /var/lib/app/a ~/a; cd; pwd").strip() == "/home/app"
        assert service.execute("/bin/date", "-d", "@0", "+%Z %H").strip() == "CET 01"
        assert service.execute("/bin/sh", "-c", "head -c 27 $SSL_CERT_FILE | wc -c").strip() == "27"
        status = service.execute("/bin/sh", "-c", "cat /proc/$(pidof httpd)/status")
        effective = next(line for line in status.splitlines() if line.startswith("CapEff"))
        assert int(effective.split()[1], 16) == CAPABILITY
        assert service.execute("/bin/sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline").split()[0].endswith("/bin/tini")


def wait_for_health(docker: Docker, container: str) -> None:
    for _ in range(600):
        [state] = json.loads(docker("container", "inspect", container))
        if state["State"]["Health"]["Status"] == "healthy":
            return
        time.sleep(0.1)
    raise AssertionError(state["State"])


def busybox(prefix: str) -> dict[str, bytes | str | None]:
    """This machine's busybox as files of a base, with the libraries that it needs, below a prefix."""
    program = need("busybox")
    libraries = re.findall(r"(/\S+)", output(need("ldd"), program).decode())
    paths = {"/bin/busybox": program} | {path.removeprefix("/usr"): path for path in libraries}
    files: dict[str, bytes | str | None] = {f"{prefix}bin/sh": "busybox"}
    for place, path in paths.items():
        for above in reversed(PurePosixPath(place).parents[:-1]):
            files.setdefault(f"{prefix}{above.relative_to('/')}/", None)
        files[prefix + place.removeprefix("/")] = Path(path).read_bytes()
    return files


@pytest.fixture(scope="module", params=["debian", "alpine"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base in the manner of a distribution: merged /usr with shadow files, or plain directories and little else."""
    accounts: dict[str, str | bytes | None] = {
        "etc/": None,
        "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n",
        "etc/group": b"root:x:0:\nwww-data:x:33:\ndialout:x:20:\n",
    }
    links: dict[str, str | bytes | None] = {name: f"usr/{name}" for name in ("bin", "lib", "lib64")} | {"usr/": None}
    shadow: dict[str, str | bytes | None] = {
        "etc/shadow": b"root:*:19000:0:99999:7:::\n",
        "etc/gshadow": b"root:*::\nwww-data:!::\ndialout:*::\n",
    }
    files = links | busybox("usr/") | accounts | shadow if request.param == "debian" else busybox("") | accounts
    return docker_archive(tmp_path_factory.mktemp(request.param) / "base.tar", [layer(files)])


def on(base: Path, more: str = "") -> str:
    return f"""dockerTools.buildImage {{
      name = "on-base";
      tag = "1";
      fromImage = {base};
      compressor = "none";
      users.app = {{ uid = 1000; home = "/home/app"; groups = [ "dialout" ]; }};
      defaultUser = "app";
      tmp = true;
      directories."/srv/www".user = "www-data";
      files."/bin/greet" = {{ text = "#!/bin/sh\\necho hello"; mode = "0755"; }};
      capabilities."/bin/busybox" = "cap_net_bind_service+ep";
      timeZone = "Asia/Tokyo";
      {more}
    }}"""


SCRIPT = """\
export PATH=/bin; greet; busybox id -un
busybox id -G | busybox tr ' ' '\\n' | busybox sort -n
busybox touch ~/a /tmp/a
busybox stat -c '%a %u:%g' ~ /tmp /srv/www; busybox date -d @0 +%H; busybox grep CapEff /proc/self/status
"""
PRINTS = """\
hello
app
20
1000
700 1000:1000
1777 0:0
755 33:33
09
CapEff:\t0000000000000400
"""


@pytest.mark.parametrize(
    "more",
    [
        "",
        'extraCommands = "echo > made";',
        'runAsRoot = "echo > /made; chmod 1777 /tmp";',
    ],
)
def test_it_works_on_the_bases_of_distributions(load: Loader, docker: Docker, base: Path, more: str) -> None:
    _, reference = load(on(base, more))
    assert docker.run(reference, "/bin/sh", "-c", SCRIPT) == PRINTS
    tree = docker.tree(reference)
    assert ("made" in tree) == bool(more)
    assert "usr" not in tree or tree["bin"].linkname == "usr/bin" or tree["bin"].isdir()


def test_podman_runs_it_too(nix: Nix, podman: Podman, base: Path) -> None:
    image = nix.image(on(base))
    podman("load", "--quiet", "--input", str(image.archive))
    said = podman(
        "run",
        "--rm",
        "--ulimit",
        "nofile=512:512",
        "--ulimit",
        "nproc=512:512",
        "--network",
        "none",
        "localhost/on-base:1",
        "/bin/sh",
        "-c",
        SCRIPT,
    )
    assert said == PRINTS


def test_containerd_runs_it_too(nix: Nix, containerd: Containerd, base: Path) -> None:
    image = nix.image(on(base))
    containerd("images", "import", image.archive)
    assert containerd.run("docker.io/library/on-base:1", "/bin/sh", "-c", SCRIPT) == PRINTS


PING = """dockerTools.buildLayeredImage {
  name = "ping";
  tag = "1";
  compressor = "none";
  contents = [ pkgs.busybox ];
  users.app.uid = 1000;
  defaultUser = "app";
  capabilities."/bin/ping" = "cap_net_raw+ep";
  config.Cmd = [ "/bin/ping" "-c" "1" "127.0.0.1" ];
}"""
RECEIVED = "1 packets transmitted, 1 packets received"
NOBODY_PINGS = ("--sysctl", "net.ipv4.ping_group_range=1 0")  # docker and podman otherwise let everybody


def test_ping_needs_no_root(load: Loader, docker: Docker) -> None:
    _, reference = load(PING)
    assert RECEIVED in docker.run(reference, options=NOBODY_PINGS)
    with pytest.raises(AssertionError, match="permission denied"):
        docker.run(reference, "/bin/busybox", "ping", "-c", "1", "127.0.0.1", options=NOBODY_PINGS)


def test_ping_needs_no_root_in_podman(nix: Nix, podman: Podman) -> None:
    podman("load", "--quiet", "--input", str(nix.image(PING).archive))
    limits = ("--ulimit", "nofile=512:512", "--ulimit", "nproc=512:512")
    run = ("run", "--rm", *limits, "--network", "none", *NOBODY_PINGS, "--cap-add", "NET_RAW", "localhost/ping:1")
    assert RECEIVED in podman(*run)


def test_ping_needs_no_root_in_containerd(nix: Nix, containerd: Containerd) -> None:
    """The first program of a container has its capabilities, those that it starts where the runtime lets them."""
    containerd("images", "import", nix.image(PING).archive)
    name, within = "docker.io/library/ping:1", ("/bin/sh", "-c", "/bin/ping -c 1 127.0.0.1; true")
    assert RECEIVED in containerd.run(name)
    assert RECEIVED in containerd.run(name, *within, options=("--allow-new-privs",))
    assert "permission denied" in containerd.run(name, *within)


LINKED = '(pkgs.runCommand "linked" { } "mkdir $out; ln -s ${pkgs.busybox}/bin $out/bin")'
OVER_LINKS = f"""dockerTools.buildLayeredImage {{
  name = "over-links";
  tag = "1";
  fromImage = dockerTools.buildLayeredImage {{
    name = "linked";
    contents = [ {LINKED} ];
    config.Entrypoint = [ "/bin/busybox" "env" ];
  }};
  inheritConfig = "all";
  init = true;
  layers = [ (dockerTools.buildLayer {{ copyToRoot = dockerTools.fakeNss; }}) ];
  users.app.uid = 1000;
  defaultUser = "app";
  files."/bin/greet" = {{ text = "#!/bin/sh\\nid -un; tail -n 2 /etc/passwd"; mode = "0755"; }};
  capabilities."/bin/ping" = "cap_net_raw+ep";
}}"""


def test_over_links_into_the_store_and_shared_layers(load: Loader, docker: Docker) -> None:
    """A base whose /bin is a link into the store keeps its programs, and its store path stays as it was."""
    image, reference = load(OVER_LINKS)
    tini, *started = docker.inspect(reference)["Config"]["Entrypoint"]
    assert tini.endswith("/bin/tini")
    assert started == ["--", "/bin/busybox", "env"]
    printed = docker.run(reference, "/bin/greet").splitlines()
    assert printed == [
        "app",
        "nobody:x:65534:65534:nobody:/var/empty:/bin/sh",
        "app:x:1000:1000::/var/empty:/sbin/nologin",
    ]
    assert RECEIVED in docker.run(reference, "/bin/ping", "-c", "1", "127.0.0.1", options=NOBODY_PINGS)
    [busybox] = [path for path in image.store_paths if "-busybox-" in path]
    assert sorted(path.name for path in (Path(busybox) / "bin").iterdir()) == sorted(
        docker.run(reference, "/bin/ls", f"{busybox}/bin").split()
    )


def test_the_same_bytes_every_time(nix: Nix, base: Path) -> None:
    body = f"({on(base)}).recipe"
    nix.build_expression(body)
    nix.build_expression(body, "--check")


@pytest.mark.parametrize("name", ["Tool", "team/tool", "localhost/tool", "registry.example:5000/team/tool"])
def test_the_test_of_an_image_finds_it_in_podman(nix: Nix, podman: Podman, tmp_path: Path, name: str) -> None:
    """It is called localhost/NAME there, unless the name has a host of its own."""
    wrapper = tmp_path / "podman"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join([podman.program, *podman.options])} "$@"\n')
    wrapper.chmod(0o755)
    image = f'dockerTools.buildImage {{ name = "{name}"; tag = "1"; config.Cmd = [ "x" ]; }}'
    script = "$runtime image inspect --format '{{ .NamesHistory }}' $image"
    [program] = (nix.build_expression(f"({image}).tests.run {{ script = ''{script}''; }}") / "bin").iterdir()
    environment = {"NIXDOCK_RUNTIME": "podman", "PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/sbin:/bin"}
    assert f"{name.lower()}:1" in output(program, env=environment).decode()


def test_the_test_of_an_image_runs_a_container(nix: Nix, docker: Docker) -> None:
    image = "nixdock.examples.service.tests.run"
    body = image + """ { script = "run /bin/id -u; $runtime image inspect $image > /dev/null"; }"""
    program = next((nix.build_expression(body) / "bin").iterdir())
    environment = {"DOCKER_HOST": docker.host, "NIXDOCK_RUNTIME": "docker", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    assert output(program, env=environment).decode() == "1000\n"
    wrong = nix.build_expression(image + ' { script = "run /bin/false"; }') / "bin" / program.name
    with pytest.raises(AssertionError, match="exit status 1"):
        output(wrong, env=environment)
