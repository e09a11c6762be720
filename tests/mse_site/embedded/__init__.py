"""Tests of the servers and processes that the site brings along."""
