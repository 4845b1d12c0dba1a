# Programs that move an image: each asks its destination for what it lacks and sends only that (`nixdock copy --help`).
# Behind those for one destination its user may type the name there: copyToRegistry HOST/NAME:TAG.
{
  lib,
  buildPkgs,
  runnableFile,
}:
{
  baseName,
  recipe,
  tag,
  layerCompression,
  attachable, # documents by name: `sbom`, `provenance`
}:
let
  # For runtimes: registries, and what else skopeo writes to, have a compression of their own.
  compressed = lib.optionals (layerCompression != "none") [
    "--layer-compression"
    layerCompression
  ];
  # They are built when somebody attaches them, and only then: the programs do not even bring their derivations.
  known =
    name: document:
    [
      "--document"
      "${name}=${builtins.unsafeDiscardStringContext document.drvPath}"
    ]
    ++ (if document ? spdx then known name document.spdx else [ ]);
  documents = builtins.concatLists (builtins.attrValues (builtins.mapAttrs known attachable));
  program =
    name: arguments: tools:
    runnableFile {
      name = "${name}-${baseName}";
      inherit arguments tools;
    };
  copy =
    name: destination:
    program name (
      [
        "copy"
        "${recipe}"
        "--tag"
        tag
      ]
      ++ compressed
      ++ destination
    );
in
{
  copyTo = copy "copy-to" documents [ buildPkgs.skopeo ];
  copyToRegistry = copy "copy-to-registry" (documents ++ [ "docker://" ]) [ buildPkgs.skopeo ];
  copyToDockerDaemon = copy "copy-to-docker-daemon" [ "docker-daemon:" ] [ ];
  copyToPodman = copy "copy-to-podman" [ "podman:" ] [ ];
  copyToContainerd = copy "copy-to-containerd" [ "containerd:" ] [ ];
  serve = program "serve" (
    [
      "serve"
      "${recipe}"
      "--tag"
      tag
    ]
    ++ compressed
    ++ documents
  ) [ ];
}
