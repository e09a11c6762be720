"""Which form of an index a size asks for, and when its recall is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """When the form of an index changes. Sizes are numbers of vectors."""

    # Up to here one exact search costs less than 3 ms at 768 dims; codes would save two of them.
    exact_up_to: int = 25_000
    # Of 100 neighbours, as promised: below it the codes are learned anew.
    recall_promised: float = 0.98
    recall_promised_unlike: float = 0.97
    # As effort is chosen: higher, because it is measured on a sample, and another sample is no reason to learn anew.
    recall_target: float = 0.985
    recall_target_unlike: float = 0.98
    # A measurement reads every vector once: 10 s of work at a million.
    recall_every_s: float = 3600.0
    # and then only when this share of the vectors is new
    recall_after_share: float = 0.02
    largest_empty_share: float = 0.25

    def wants_codes(self, count: int) -> bool:
        return count > self.exact_up_to

    def wants_exact(self, count: int) -> bool:
        """Well below the other bound: a library at the bound must not go to and fro."""
        return count < self.exact_up_to // 2
