"""What keeps the site from running, for everybody who starts it."""


class CannotRun(Exception):
    """The message says what is in the way and what to do about it; every error of starting a site is one of these."""
