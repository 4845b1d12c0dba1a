"""Images that others made, read with distrust."""
