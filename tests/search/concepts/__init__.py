"""What the library is seen as: learned, named, looked up, searched by."""
