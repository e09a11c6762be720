"""Why something on the web was not got, each with a sentence for people."""

import math


def said(wait_s: float) -> str:
    """A time as people say it, rounded up: `a moment`, `40 seconds`, `20 minutes`, `5 hours`."""
    for unit_s, name in ((3600, "hours"), (60, "minutes"), (1, "seconds")):
        if wait_s > 1.5 * unit_s:
            return f"{math.ceil(wait_s / unit_s)} {name}"
    return "a moment"


class FetchError(Exception):
    """Nothing was got. `reason` is a sentence for whoever named the address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadAddress(FetchError):
    """It is not an address that is asked here, whatever stands behind it."""


class PrivateAddress(FetchError):
    """It leads, at least in part, to a machine that is not on the public internet."""


class Unreachable(FetchError):
    """There is no such host, or it does not answer."""


class TooSlow(FetchError):
    """The time for the first byte or for everything is up."""


class TooLarge(FetchError):
    """More bytes than wanted, as sent or once unpacked."""


class TooManyRedirects(FetchError):
    """It led on and on."""


class BadAnswer(FetchError):
    """What came back is not HTTP, is cut off, or is packed in a way nobody asked for."""


class BadStatus(FetchError):
    """The host says that there is nothing to have."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class Disallowed(FetchError):
    """The host's robots.txt asks programs to stay away."""


class TryLater(FetchError):
    """The host wants to be left alone for `wait_s` seconds."""

    def __init__(self, reason: str, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
