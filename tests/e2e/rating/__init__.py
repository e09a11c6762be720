"""Rating in a real browser."""
