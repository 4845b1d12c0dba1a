"""What the commands share: their words, and what people see while they run."""
