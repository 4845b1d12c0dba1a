# The Python of the steps, precompiled: a step that need not compile its modules starts in well under 100 ms. All of it
# is: what root runs from the store would else get its bytecode written there.
# The path of the library that it calls is written into it, so its gzip bytes are a function of that path.
# Unchecked-hash .pyc files hold neither the time nor the place of their source, so their bytes are reproducible.
{
  lib,
  buildPkgs,
  runPython,
}:
runPython (_: {
  name = "nixdock-hook";
  __structuredAttrs = false; # also where nixpkgs' config has another default: the environment is read
  source = builtins.path {
    name = "nixdock_hook";
    path = ../../nixdock_hook;
    filter = path: type: type == "directory" && baseNameOf path != "__pycache__" || builtins.match ".*\\.(py|json|css|js)" path != null;
  };
  libdeflate = "${lib.getLib buildPkgs.libdeflate}/lib";
  args = [
    "-c"
    ''
      import compileall, os, py_compile, shutil
      out = os.environ["out"]
      shutil.copytree(os.environ["source"], out + "/nixdock_hook", copy_function=shutil.copyfile)
      with open(out + "/__main__.py", "w") as file:
          file.write("from nixdock_hook.__main__ import main\n\nmain()\n")
      names = ("libdeflate.so.0", "libdeflate.0.dylib")
      library = next(path for name in names if os.path.exists(path := os.environ["libdeflate"] + "/" + name))
      with open(out + "/nixdock_hook/layers/libdeflate.py", "r+") as file:
          before, after = file.read().split('LIBRARY = "libdeflate.so.0"')
          file.seek(0)
          file.write(f"{before}LIBRARY = {library!r}{after}")
      for directory, _, _ in os.walk(out):
          os.chmod(directory, 0o755)
      mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
      raise SystemExit(not compileall.compile_dir(out, quiet=1, invalidation_mode=mode))
    ''
  ];
})
