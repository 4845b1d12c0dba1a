"""Users' scripts, run where they can change the image's tree alone."""
