"""Sifting a stream of new memes: queues by rule and taste, verdicts, and what becomes of what is kept."""
