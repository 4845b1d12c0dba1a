"""Images of NixOS configurations in a real docker: a service as its unit has it, and a system with its init."""

from __future__ import annotations

from tests.support.docker import Docker
from tests.support.nixos import NIXOS
from tests.support.server import wait_until

from .loader import Loader

# Its page is written before it starts, by its user, with its umask, into its directory.
SERVICE = f"""(dockerTools.imageFromNixos {{
  nixos = {NIXOS} {{
    users.users.web = {{ uid = null; group = "web"; home = "/var/empty"; }};
    users.groups.media.gid = 70;
    services.web = {{
      environment.SETTINGS = "/etc/web/settings";
      User = "web";
      SupplementaryGroups = [ "media" ];
      StateDirectory = "web";
      StateDirectoryMode = "0750";
      RuntimeDirectory = "web";
      UMask = "0027";
      ExecStartPre = [
        "-${{pkgs.coreutils}}/bin/false"
        (pkgs.writeShellScript "prepare" ''
          cat $SETTINGS > $STATE_DIRECTORY/index.html
          touch $RUNTIME_DIRECTORY/started /tmp/there
        '')
      ];
      ExecStart = "@${{pkgs.busybox}}/bin/busybox httpd -f -p 8080 -h \\"%S/web\\"";
    }};
  }};
  service = "web";
  tag = "1";
  contents = [ pkgs.busybox ];
}})"""

SYSTEM = f"""(dockerTools.imageFromNixos {{
  nixos = {NIXOS} {{ }};
  tag = "1";
  contents = [ pkgs.nix pkgs.busybox ];
}})"""


def test_a_service_without_systemd(load: Loader, docker: Docker) -> None:
    _, reference = load(SERVICE)
    assert reference == "web:1"
    with docker.container(reference) as service:
        assert service.get("http://127.0.0.1:8080/") == b"blue"
        assert service.execute("/bin/id").strip() == "uid=999(web) gid=999(web) groups=70(media),999(web)"
        listed = service.execute("/bin/stat", "-c", "%a %U %G", "/var/lib/web", "/var/lib/web/index.html", "/run/web")
        assert listed.splitlines() == ["750 web web", "640 web web", "755 web web"]
        assert "Umask:\t0027" in service.execute("/bin/cat", "/proc/1/status")
        command = service.execute("/bin/cat", "/proc/1/cmdline").split("\0")
        assert command == ["httpd", "-f", "-p", "8080", "-h", "/var/lib/web", ""]


def test_a_system_starts_its_init_and_stops(load: Loader, docker: Docker) -> None:
    image, reference = load(SYSTEM)
    assert reference == "box:1"
    assert any(path.endswith("-nixos-system") for path in image.store_paths)
    with docker.container(reference) as system:
        wait_until(lambda: "/sbin/init in docker" in docker("logs", system.identifier), "the system has started")
        assert system.execute("/bin/env", "USER=root", "/bin/nix-store", "--verify", "--check-contents") == ""
        assert system.execute("/bin/stat", "-c", "%a", "/tmp").strip() == "1777"
        docker("stop", system.identifier)
        assert docker("logs", system.identifier).endswith("stopped\n")
        assert system.state()["ExitCode"] == 0
