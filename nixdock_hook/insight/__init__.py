"""What is in an image, what changed since another one, and what to tell others about it."""
