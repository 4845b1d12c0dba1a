"""Results are derivations as nixpkgs' mkDerivation makes them, and functions say what they take."""

from __future__ import annotations

import json

import pytest

from tests.support.nix import Nix

DIGEST = f"sha256:{'0' * 64}"
FUNCTIONS = {
    "buildImage": '{ name = "Case"; }',
    "buildImageWithNixDb": '{ name = "case"; }',
    "buildIndex": '{ name = "case"; images = [ (dockerTools.buildImage { name = "case"; }) ]; }',
    "buildLayer": "{ deps = [ pkgs.hello ]; }",
    "buildLayeredImage": '{ name = "case"; passthru.ports = 80; }',
    "buildLayeredImageWithNixDb": '{ name = "case"; tag = "1"; }',
    "buildNixShellImage": "{ drv = pkgs.hello; }",
    "exportImage": '{ fromImage = dockerTools.buildImage { name = "case"; }; }',
    "mergeImages": '[ (dockerTools.buildImage { name = "case"; }) ]',
    "pullImage": f'{{ imageName = "registry.example/case"; imageDigest = "{DIGEST}"; sha512 = ""; }}',
    "streamLayeredImage": '{ name = "case"; }',
    "streamNixShellImage": "{ drv = pkgs.hello; }",
}
RESULTS = {name: f"(dockerTools.{name} {arguments})" for name, arguments in FUNCTIONS.items()}
HELPERS = {name: f"dockerTools.{name}" for name in ("usrBinEnv", "binSh", "caCertificates", "fakeNss", "nixdock")}

# What a derivation of nixpkgs has, and what becomes of it when its attributes are overridden.
OBSERVED = """
  result: let
    changed = result.overrideAttrs (old: { another = "1"; });
    deep = result.overrideAttrs (final: old: {
      passthru = old.passthru or { } // { self = final.finalPackage.outPath; };
    });
  in {
    derived = result.type == "derivation" && result ? drvAttrs.builder && result.stdenv ? mkDerivation;
    outputs = builtins.elem result.outputName result.outputs;
    meta = result.meta.name == result.name && pkgs.lib.hasInfix ".nix:" result.meta.position;
    changes = changed.drvPath != result.drvPath && changed.another == "1";
    set = (result.overrideAttrs { another = "1"; }).drvPath == changed.drvPath;
    again = (changed.overrideAttrs (old: { another = null; third = old.another; })).third == "1";
    final = deep.self == deep.outPath && deep.outPath == result.outPath;
    inputs = result.inputDerivation.type == "derivation" && result.inputDerivation.outPath != result.outPath;
    lost = builtins.filter (name: !(changed ? ${name})) (builtins.attrNames result);
  }
"""


@pytest.mark.parametrize("result", [*RESULTS.values(), *HELPERS.values()], ids=[*RESULTS, *HELPERS])
def test_a_result_is_a_derivation_of_nixpkgs(nix: Nix, result: str) -> None:
    observed = json.loads(nix.evaluate(f"({OBSERVED}) {result}"))
    assert observed.pop("lost") == []
    assert observed == dict.fromkeys(observed, True)


def test_a_script_that_is_null_is_none(nix: Nix) -> None:
    body = """
      let
        same = function: scripts: {
          ${function} = (dockerTools.${function} ({ name = "case"; tag = "1"; } // scripts)).drvPath
            == (dockerTools.${function} { name = "case"; tag = "1"; }).drvPath;
        };
      in same "buildImage" { runAsRoot = null; extraCommands = null; }
        // same "buildLayeredImage" { fakeRootCommands = null; extraCommands = null; }
    """
    assert json.loads(nix.evaluate(body)) == {"buildImage": True, "buildLayeredImage": True}


def test_overridden_attributes_reach_the_build(nix: Nix) -> None:
    image = 'dockerTools.buildLayeredImage { name = "case"; tag = "1"; }'
    built = nix.build_expression(f'({image}).overrideAttrs (old: {{ name = "other-${{old.name}}"; }})')
    assert built.name.endswith("-other-case.tar.gz")
    assert built.read_bytes() == nix.build_expression(image).read_bytes()


def test_the_base_is_an_attribute_of_the_derivation_too(nix: Nix) -> None:
    """nixpkgs' test of repeated layers says `overrideAttrs (_: { fromImage = … })`."""
    body = """
      let
        image = dockerTools.buildImage { name = "case"; tag = "1"; };
        named = dockerTools.buildImage { name = "named"; fromImage = image; };
        on = base: drv: drv.overrideAttrs (old: { fromImage = base; another = "1"; });
        wanted = base: image.override { fromImage = base; };
        isOn = base: drv: drv.fromImage == base && drv.recipe.drvPath == (wanted base).recipe.drvPath;
      in [
        (isOn named (on named image))
        (isOn image (on image (on named image)))
        (isOn null (on null image))
        (isOn named ((on named image).overrideAttrs { another = "2"; }))
        (on named image).another
      ]
    """
    assert json.loads(nix.evaluate(body)) == [True, True, True, True, "1"]


@pytest.mark.parametrize("function", ["buildImage", "streamLayeredImage", "mergeImages"])
def test_the_inputs_of_a_build_are_a_store_path(nix: Nix, function: str) -> None:
    inputs = nix.build_expression(f"{RESULTS[function]}.inputDerivation")
    named = nix("nix-store", "-q", "--references", inputs)
    assert "-recipe\n" in named and "-nixdock-hook\n" in named


def test_a_tag_that_is_a_hash_is_that_of_the_final_output(nix: Nix) -> None:
    body = f"let changed = {RESULTS['streamLayeredImage']}.overrideAttrs {{ another = 1; }}; in changed"
    tag = json.loads(nix.evaluate(f"({body}).imageTag"))
    program = nix.build_expression(body)
    assert program.name.partition("-")[0] == tag
    # In two halves, because Nix would take the hash for a reference of the program to itself.
    assert f"--tag {tag} " in program.read_text().replace("''", "")


def test_passthru_and_meta_are_kept_and_can_be_added_to(nix: Nix) -> None:
    body = """
      let
        image = dockerTools.buildLayeredImage { name = "case"; meta.description = "d"; passthru.ports = 80; };
        more = image.overrideAttrs (old: {
          passthru = old.passthru // { host = "h"; };
          meta = old.meta // { license = "l"; };
        });
        renamed = more.override { name = "other"; };
      in [ more.ports more.host more.meta.description more.meta.license renamed.host renamed.ports renamed.imageName ]
    """
    assert json.loads(nix.evaluate(body)) == [80, "h", "d", "l", "h", 80, "other"]


def test_the_position_is_where_the_image_is_written(nix: Nix) -> None:
    assert "run-step.nix" not in nix.evaluate(f"{RESULTS['buildImage']}.meta.position")


def test_the_recipe_of_a_pulled_image_is_that_of_its_changed_derivation(nix: Nix) -> None:
    body = f"""
      let
        image = {RESULTS["pullImage"]};
        free = image.overrideAttrs {{ __noChroot = true; }};
        below = drv: (dockerTools.buildImage {{ name = "top"; fromImage = drv; }}).drvPath;
      in [ (free.drvPath != image.drvPath) (below free != below image) ]
    """
    assert json.loads(nix.evaluate(body)) == [True, True]


def test_tools_can_be_added_to_a_step(nix: Nix) -> None:
    change = "(old: { nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.hello ]; })"
    body = f"({RESULTS['pullImage']}.overrideAttrs {change}).path"
    assert f"{nix.path('pkgs.hello')}/bin" in json.loads(nix.evaluate(body))


def test_what_a_stream_is_made_of(nix: Nix) -> None:
    stream = RESULTS["streamLayeredImage"]
    script, conf, program = (nix.build_expression(f"{stream}{part}") for part in (".streamScript", ".conf", ""))
    written = nix("sh", "-c", f"{script} {conf} | sha256sum")
    assert written == nix("sh", "-c", f"{program} | sha256sum")
    flags = f"let s = {stream}; in [ s.isExe (s.conf.imageTag == s.imageTag) s.conf.imageName ]"
    assert json.loads(nix.evaluate(flags)) == [True, True, "case"]
    assert nix.evaluate(f"{RESULTS['buildLayeredImage']}.isExe or false") == "false"


LAYERED = """architecture config contents created debug enableFakechroot extraCommands fakeRootCommands fromImage gid
    gname includeNixDB includeStorePaths layeringPipeline maxLayers meta mtime name passthru tag uid uname"""
IMAGE = """architecture buildVMMemorySize compressor config contents copyToRoot created diskSize extraCommands fromImage
    fromImageName fromImageTag gid includeNixDB keepContentsDirlinks meta name runAsRoot tag uid"""
SHELL = "command drv gid homeDirectory name run shell tag uid"
PULL = "arch finalImageName finalImageTag hash imageDigest imageName name os tlsVerify"


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("buildImage", IMAGE),
        ("buildImageWithNixDb", IMAGE),
        ("buildLayeredImage", f"{LAYERED} compressor"),
        ("buildLayeredImageWithNixDb", f"{LAYERED} compressor"),
        ("streamLayeredImage", LAYERED),
        ("streamNixShellImage", SHELL),
        ("buildNixShellImage", f"{SHELL} compressor"),
        ("pullImage", f"{PULL} sha256 outputHash outputHashAlgo lock authFile"),
        ("exportImage", "diskSize fromImage fromImageName fromImageTag name"),
    ],
)
def test_functions_say_what_they_take(nix: Nix, function: str, arguments: str) -> None:
    said = json.loads(nix.evaluate(f"pkgs.lib.functionArgs dockerTools.{function}"))
    assert set(arguments.split()) <= said.keys()
    required = {"streamNixShellImage": "drv", "buildNixShellImage": "drv", "exportImage": "fromImage"}
    needs = {name for name, optional in said.items() if not optional}
    assert needs == ({"imageName", "imageDigest"} if function == "pullImage" else {required.get(function, "name")})
