"""Test vectors and properties of checksums, ETags and Content."""

import base64
import hashlib
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3mp import digests, etag_of
from fakes3mp.core.content import Content
from fakes3mp.digests import ALGORITHMS

CHECK = b"123456789"
# From the catalogue of CRCs (reveng) and FIPS 180-4.
VECTORS = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "SHA512": "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
}


def join(pieces):
    return Content.join(Content.of(piece) for piece in pieces)


@pytest.mark.parametrize(("name", "expected"), VECTORS.items())
def test_vectors(name, expected):
    assert Content.of(CHECK).digest(name).hex() == expected
    assert ALGORITHMS[name].size == len(bytes.fromhex(expected))


def test_the_order_of_algorithms():
    assert list(digests.LISTED_ALGORITHMS) == ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]  # F12
    assert set(digests.LISTED_ALGORITHMS) <= set(ALGORITHMS)


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=6), st.sampled_from(sorted(ALGORITHMS)))
def test_segments_do_not_matter(pieces, name):
    assert join(pieces).digest(name) == Content.of(b"".join(pieces)).digest(name)
    assert join(pieces).md5 == hashlib.md5(b"".join(pieces)).digest()


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=6), st.sampled_from(["CRC32", "CRC32C", "CRC64NVME"]))
def test_full_object_crcs_combine(pieces, name):
    """F64: the combined CRC is the CRC of the concatenated bytes, also with empty parts."""
    combined = digests.full_object_checksum(name, [(Content.of(piece).digest(name), len(piece)) for piece in pieces])
    assert combined == Content.of(b"".join(pieces)).checksum(name)


def test_composite():
    """F57: the hash of the concatenated raw digests, and the number of parts."""
    parts = [zlib.crc32(body).to_bytes(4, "big") for body in (b"one", b"two")]
    expected = base64.b64encode(zlib.crc32(b"".join(parts)).to_bytes(4, "big")).decode() + "-2"
    assert digests.composite_checksum("CRC32", parts) == digests.Checksum("CRC32", expected, "COMPOSITE")


@pytest.mark.parametrize(
    ("data", "part_size", "expected"),
    [
        (b"", None, '"d41d8cd98f00b204e9800998ecf8427e"'),  # O14
        (b"hello", None, f'"{hashlib.md5(b"hello").hexdigest()}"'),
        (b"aab", 2, f'"{hashlib.md5(hashlib.md5(b"aa").digest() + hashlib.md5(b"b").digest()).hexdigest()}-2"'),
        (b"", 5, f'"{hashlib.md5(hashlib.md5(b"").digest()).hexdigest()}-1"'),
    ],
)
def test_etag_of(data, part_size, expected):
    assert str(etag_of(data, part_size)) == expected
    assert etag_of(data, part_size) == expected.strip('"')
    assert etag_of(data, part_size) != "another"


def test_etag_of_refuses_part_size_0():
    with pytest.raises(ValueError, match="part_size must be at least 1 byte, not 0"):
        etag_of(b"x", 0)


@given(st.lists(st.binary(max_size=9), max_size=5), st.data())
def test_cutting(pieces, data):
    whole = b"".join(pieces)
    if not whole:
        return
    first = data.draw(st.integers(0, len(whole) - 1))
    last = data.draw(st.integers(first, len(whole) - 1))
    assert join(pieces).cut(first, last).read() == whole[first : last + 1]


def test_a_cut_shares_its_segment():
    body = bytes(range(200))
    cut = Content.join([Content(body), Content(body)]).cut(150, 250)
    assert [segment.obj is body for segment in cut.segments] == [True, True]


def test_a_bytearray_is_copied_once():
    body = bytearray(b"abc")
    content = Content.of(body)
    body[0] = 0
    assert content.read() == b"abc"


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
@pytest.mark.parametrize("extra", [-1, 0, 1, (1 << 20) + 5])
def test_bodies_over_a_mebibyte(name, extra):
    """They are hashed in pieces of 1 MiB; every byte counts once."""
    size = (1 << 20) + extra
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    reference = ALGORITHMS[name].digest([body])
    if name in ("MD5", "SHA1", "SHA256", "SHA512"):
        assert reference == hashlib.new(name.lower(), body).digest()
    assert Content.of(body).digest(name) == reference
    assert Content.join([Content(body[:7]), Content(memoryview(body)[7:])]).digest(name) == reference
    for position in (0, (1 << 20) - 2, size - 1):
        other = bytearray(body)
        other[position] ^= 1
        assert Content.of(other).digest(name) != reference


@given(st.lists(st.binary(max_size=20), max_size=5), st.lists(st.integers(0, 60), max_size=5))
def test_equal_bytes_in_other_segments_are_equal(pieces, cuts):
    body = b"".join(pieces)
    offsets = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    other = join(body[start:stop] for start, stop in pairwise(offsets))
    assert join(pieces) == other
    assert join(pieces) != Content.of(body + b"x")
    if body:
        changed = bytes([body[0] ^ 1]) + body[1:]
        assert join(pieces) != Content.of(changed)  # of the same length


def test_joined_content_knows_what_it_was_joined_of():
    parts = Content.of(b"one"), Content.of(b"two")
    whole = Content.join(parts)
    assert whole.joined == parts
    assert whole.read() == b"onetwo"
    assert Content.of(b"x").joined == ()
