"""The report: an image, or what became of it, as one HTML page that needs nothing else."""
