"""One module per thing that runs inside a derivation; its docstring is its contract."""
