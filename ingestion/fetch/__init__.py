"""Get files from the web, politely and without being led anywhere else; knows nothing of Django."""

from ingestion.fetch.errors import (
    BadAddress,
    BadAnswer,
    BadStatus,
    Disallowed,
    FetchError,
    PrivateAddress,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    TryLater,
    Unreachable,
    said,
)
from ingestion.fetch.fetching import Fetched, Fetcher, agent
from ingestion.fetch.network import Network, is_public
from ingestion.fetch.patience import Limits
from ingestion.fetch.turns import Pacing, Turns

__all__ = [
    "BadAddress",
    "BadAnswer",
    "BadStatus",
    "Disallowed",
    "FetchError",
    "Fetched",
    "Fetcher",
    "Limits",
    "Network",
    "Pacing",
    "PrivateAddress",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "TryLater",
    "Turns",
    "Unreachable",
    "agent",
    "is_public",
    "said",
]
