"""Any image, opened into one model: its layers, store paths, references and files."""
