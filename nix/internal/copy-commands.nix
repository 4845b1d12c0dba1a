# Programs that move an image: each asks its destination for what it lacks and sends only that (`nixdock copy --help`).
# Behind those for one destination its user may type the name there: copyToRegistry HOST/NAME:TAG.
{ buildPkgs, runnableFile }:
{
  baseName,
  recipe,
  tag,
  attachable, # documents by name: `sbom`, `provenance`
}:
let
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
    ++ documents
  ) [ ];
}
