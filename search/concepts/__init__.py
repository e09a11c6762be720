"""Concepts: what a sparse autoencoder sees in the library, learned, named, looked up, and searched by."""
