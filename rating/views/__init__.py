"""The pages on which people compare memes."""
