"""Products of whole numbers: exact, whatever the shape."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embeddings.products import integer_products

sizes = st.integers(1, 70)


@given(sizes, sizes, sizes, st.integers(0, 2**32))
def test_products_of_codes_and_bytes_are_exact(n: int, k: int, width: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    left = generator.integers(0, 16, (n, width), dtype=np.uint8)
    right = generator.integers(-128, 128, (k, width), dtype=np.int8)
    found = integer_products(left, right)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, left.astype(np.int64) @ right.astype(np.int64).T)


def test_the_largest_numbers_are_exact() -> None:
    left = np.full((3, 4096), 15, np.uint8)
    right = np.array([[-128] * 4096, [127] * 4096], np.int8)
    assert integer_products(left, right).tolist() == [[-15 * 128 * 4096, 15 * 127 * 4096]] * 3
