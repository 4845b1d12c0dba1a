# nixpkgs' lib.trivial and lib.asserts, in part.
rec {
  inherit (builtins)
    add
    isAttrs
    isBool
    isInt
    isString
    lessThan
    readFile
    seq
    sub
    toString
    ;

  # Functions may be sets: what makeOverridable returns says by `__functionArgs` which arguments it takes.
  isFunction = value: builtins.isFunction value || value ? __functor && isFunction (value.__functor value);
  functionArgs = f: if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f)) else builtins.functionArgs f;
  setFunctionArgs = f: args: {
    __functor = _self: f;
    __functionArgs = args;
  };
  mirrorFunctionArgs = f: g: setFunctionArgs g (functionArgs f);

  id = value: value;
  const = value: _: value;
  flip = f: a: b: f b a;
  pipe = builtins.foldl' (value: f: f value);
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  boolToString = value: if value then "true" else "false";
  importJSON = path: builtins.fromJSON (builtins.readFile path);

  warn = message: builtins.trace "evaluation warning: ${message}";
  warnIf = condition: message: if condition then warn message else id;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: throwIf (!condition);
  assertMsg = condition: message: condition || throw message;
}
