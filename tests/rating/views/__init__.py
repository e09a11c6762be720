"""The rating pages."""
