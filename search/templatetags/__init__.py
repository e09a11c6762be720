"""What the templates of the library can ask for."""
