"""How a query says that it cannot be read."""


class BadQuery(Exception):
    """The query cannot be read; the message says why and `position` is the character it is about."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position
