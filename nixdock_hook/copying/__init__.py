"""Images to registries and runtimes, moving what they lack."""
