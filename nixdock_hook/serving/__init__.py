"""The registry that runtimes pull images from."""
