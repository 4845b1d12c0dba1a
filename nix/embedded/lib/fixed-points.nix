# nixpkgs' lib.fixedPoints, in part: sets that refer to their own final form, and overlays on them.
rec {
  fix =
    f:
    let
      final = f final;
    in
    final;

  # An overlay (final: prev: { … }) on a function of the final set.
  extends =
    overlay: base: final:
    let
      previous = base final;
    in
    previous // overlay final previous;

  composeExtensions =
    first: second: final: previous:
    let
      added = first final previous;
    in
    added // second final (previous // added);
  composeManyExtensions = builtins.foldl' composeExtensions (_final: _previous: { });
}
