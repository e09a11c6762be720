"""Popularity: how well a picture does among the posts of its community and month, learned from the picture alone. No Django."""
