"""A root file system as entries of a future `/`."""
