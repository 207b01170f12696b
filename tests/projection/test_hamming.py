import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection import ProjectionError, hamming_distance, hamming_matrix, pack_bits, unpack_bits

pytestmark = pytest.mark.runtime

signs = st.lists(st.sampled_from([-1, 1]), min_size=1, max_size=40)


def test_worked_value() -> None:
    assert pack_bits(np.asarray([1, -1, 1, -1, -1, -1, -1, -1, 1], np.int8)).tolist() == [5, 1]


@given(signs)
def test_unpacking_undoes_packing(values: list[int]) -> None:
    assert unpack_bits(pack_bits(np.asarray(values, np.int8)), len(values)).tolist() == values


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(*[st.lists(st.booleans(), min_size=n, max_size=n)] * 3)))
def test_distance_counts_the_bits_that_differ(rows: tuple[list[bool], ...]) -> None:
    values = np.asarray(rows, np.int8)
    matrix = hamming_matrix(pack_bits(values))
    assert matrix.tolist() == [[int((a != b).sum()) for b in values] for a in values]


def test_wrong_shapes_are_told() -> None:
    bits = np.zeros((2, 3), np.uint8)
    with pytest.raises(ProjectionError, match=r"packed bits of one length .* got uint8 \[2, 3\] and uint8 \[4\]"):
        hamming_distance(bits, np.zeros(4, np.uint8))
    with pytest.raises(ProjectionError, match="3 bytes hold at most 24 bits; got n=25"):
        unpack_bits(bits, 25)
    with pytest.raises(ProjectionError, match=r"packed rows \[n, bytes\]; got shape \[3\]"):
        hamming_matrix(bits[0])
