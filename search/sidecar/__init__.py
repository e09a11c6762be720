"""The process that holds the query encoder and the vector index, and the client that asks it."""
