"""Sets of ids on their way to the sidecar."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.sidecar.allowed import BLOCK, FEWEST_AS_BITS, IdRange, ids_of, pack, unpack

ID = st.integers(1, 2**62)


@given(st.lists(ID, max_size=20))
def test_few_ids_arrive_as_they_were(ids: list[int]) -> None:
    allowed = unpack(pack(np.array(ids, np.int64)))
    assert allowed is not None
    assert ids_of(allowed).tolist() == sorted(set(ids))


@pytest.mark.parametrize("first", [1, 7, 2**40])
def test_many_ids_close_together_travel_as_bits(first: int) -> None:
    ids = first + np.random.default_rng(1).permutation(9001)[:4000]
    packed = pack(ids)
    assert isinstance(packed, dict)
    assert len(packed["bits"]) < ids.nbytes / 20
    allowed = unpack(packed)
    assert isinstance(allowed, IdRange)
    assert len(allowed) == 4000
    np.testing.assert_array_equal(ids_of(allowed), np.sort(ids))


def test_ids_far_apart_travel_as_a_list() -> None:
    ids = np.arange(FEWEST_AS_BITS + 1) * 10**9
    assert pack(ids) == ids.tobytes()


def test_a_mask_is_true_for_allowed_memes_alone() -> None:
    ids = np.arange(100, 2000, 2)
    memes = np.tile([-1, 0, 99, 100, 101, 1998, 1999, 2000, 2**50], BLOCK // 4)
    expected = np.tile([False, False, False, True, False, True, False, False, False], BLOCK // 4)
    allowed = unpack(pack(ids))
    assert isinstance(allowed, IdRange)
    np.testing.assert_array_equal(allowed.mask(memes), expected)


BROKEN: list[object] = [
    b"123",
    "text",
    5,
    [1],
    {},
    {"first": 1},
    {"first": 1, "count": 9, "bits": b"1"},
    {"first": 1, "count": -8, "bits": b""},
    {"first": 2**63, "count": 8, "bits": b"1"},
    {"first": 1, "count": 8, "bits": "1"},
]


@pytest.mark.parametrize("packed", BROKEN, ids=range(len(BROKEN)))
def test_what_is_never_packed_is_not_unpacked(packed: object) -> None:
    assert unpack(packed) is None
