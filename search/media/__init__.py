"""Untrusted bytes to pixels, text and hashes; knows nothing of Django.

Reading text needs onnxruntime and is imported from `search.media.ocr` by those who do it.
"""

from search.media.derivation import Derived, Probe, derive, load, probe
from search.media.formats import FORMATS, Format, Kind
from search.media.hashes import BLANK_PHASH, content_hash, hamming, phash
from search.media.limits import BadMedia, Limits

__all__ = [
    "BLANK_PHASH",
    "FORMATS",
    "BadMedia",
    "Derived",
    "Format",
    "Kind",
    "Limits",
    "Probe",
    "content_hash",
    "derive",
    "hamming",
    "load",
    "phash",
    "probe",
]
