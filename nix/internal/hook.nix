# The Python of the steps, precompiled: a step that need not compile its modules starts in well under 100 ms. All of it
# is: what root runs from the store would else get its bytecode written there.
# Unchecked-hash .pyc files hold neither the time nor the place of their source, so their bytes are reproducible.
{ runPython }:
runPython (_: {
  name = "nixdock-hook";
  __structuredAttrs = false; # also where nixpkgs' config has another default: the environment is read
  source = builtins.path {
    name = "nixdock_hook";
    path = ../../nixdock_hook;
    filter = path: type: type == "directory" && baseNameOf path != "__pycache__" || builtins.match ".*\\.(py|json|css|js)" path != null;
  };
  args = [
    "-c"
    ''
      import compileall, os, py_compile, shutil
      out = os.environ["out"]
      shutil.copytree(os.environ["source"], out + "/nixdock_hook", copy_function=shutil.copyfile)
      with open(out + "/__main__.py", "w") as file:
          file.write("from nixdock_hook.__main__ import main\n\nmain()\n")
      for directory, _, _ in os.walk(out):
          os.chmod(directory, 0o755)
      mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
      raise SystemExit(not compileall.compile_dir(out, quiet=1, invalidation_mode=mode))
    ''
  ];
})
