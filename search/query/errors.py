"""How a query says that it cannot be read."""


class BadQuery(Exception):
    """The query cannot be read; the message says why and `position` is the character it is about.

    `parameter` is the part of an address or form that is to blame: `q`, of whose text the position is one, or another.
    """

    def __init__(self, message: str, position: int = 0, parameter: str = "q") -> None:
        super().__init__(message)
        self.position = position
        self.parameter = parameter
