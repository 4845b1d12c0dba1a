"""Compressed streams whose bytes follow from their input alone."""
