"""The words of the OCI image specification, and images as they are found on disk."""
