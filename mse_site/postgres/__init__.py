"""Django's way to Postgres, with fewer questions."""
