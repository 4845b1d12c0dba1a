# The Python of the steps, precompiled: a step that need not compile its modules starts in well under 100 ms. All of it
# is: what root runs from the store would else get its bytecode written there.
# The paths of the libraries that it calls are written into it, so compressed bytes are a function of those paths.
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
  libraries = map (package: "${lib.getLib package}/lib") [
    buildPkgs.libdeflate
    buildPkgs.zstd
  ];
  args = [
    "-c"
    ''
      import compileall, os, py_compile, shutil
      out = os.environ["out"]
      shutil.copytree(os.environ["source"], out + "/nixdock_hook", copy_function=shutil.copyfile)
      with open(out + "/__main__.py", "w") as file:
          file.write("from nixdock_hook.__main__ import main\n\nmain()\n")
      directories = os.environ["libraries"].split()
      for module, names in {
          "libdeflate": ("libdeflate.so.0", "libdeflate.0.dylib"),
          "libzstd": ("libzstd.so.1", "libzstd.1.dylib"),
      }.items():
          places = [directory + "/" + name for directory in directories for name in names]
          library = next(filter(os.path.exists, places))
          with open(out + f"/nixdock_hook/compression/{module}.py", "r+") as file:
              before, after = file.read().split(f'LIBRARY = "{names[0]}"')
              file.seek(0)
              file.write(f"{before}LIBRARY = {library!r}{after}")
      for directory, _, _ in os.walk(out):
          os.chmod(directory, 0o755)
      mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
      raise SystemExit(not compileall.compile_dir(out, quiet=1, invalidation_mode=mode))
    ''
  ];
})
