"""Whether an Ed25519 key is one point of the prime-order group, in plain integers (RFC 8032 section 5.1).

Verifiers differ on keys of small or mixed order: with such a key one signature can fit many messages, or fit in one
library and not in another. A key is therefore looked at once, when it is registered; signatures are left to OpenSSL.
Nothing here handles a secret, so nothing here needs constant time.
"""

__all__ = [
    "L",
    "NotAPoint",
    "NotCanonicalPoint",
    "P",
    "Point",
    "add",
    "compress",
    "decompress",
    "is_prime_order",
    "multiply",
]

P = 2**255 - 19
"""The prime of the field."""
L = 2**252 + 27742317777372353535851937790883648493
"""The prime order of the group that the base point generates; the whole curve has 8 L points."""

_D = -121665 * pow(121666, -1, P) % P
_D2 = 2 * _D % P
_ROOT = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T: x = X/Z, y = Y/Z, xy = T/Z."""

_IDENTITY: Point = (0, 1, 1, 0)


class NotAPoint(ValueError):
    """The bytes stand for no point of the curve."""


class NotCanonicalPoint(NotAPoint):
    """The bytes are a second spelling of a point, which RFC 8032 does not allow."""


def decompress(raw: bytes) -> Point:
    """The point that 32 bytes stand for (RFC 8032 section 5.1.3).

    Raises:
        NotCanonicalPoint: y is not reduced, or the sign of x = 0 is set.
        NotAPoint: no point of the curve has this y.
    """
    if len(raw) != 32:
        raise NotAPoint("expected 32 bytes")
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        raise NotCanonicalPoint("expected a y below the prime of the field")
    u, v = (y * y - 1) % P, (_D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == P - u and u:
        x = x * _ROOT % P
    if v * x * x % P != u:
        raise NotAPoint("expected a point of the curve edwards25519")
    if x == 0 and sign:
        raise NotCanonicalPoint("expected no sign for x = 0")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def compress(point: Point) -> bytes:
    """The 32 bytes of a point."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def add(one: Point, other: Point) -> Point:
    """The sum of two points; the formula is complete, so it also doubles."""
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a = (y1 - x1) * (y2 - x2) % P
    b = (y1 + x1) * (y2 + x2) % P
    c = t1 * _D2 * t2 % P
    d = 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number: int, point: Point) -> Point:
    """The point added to itself so many times."""
    total = _IDENTITY
    for bit in f"{number:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def is_prime_order(point: Point) -> bool:
    """Whether a point generates the group of order L: not the identity, and L times it is."""
    x, y, z, _ = multiply(L, point)
    return x == 0 and y == z and not (point[0] == 0 and point[1] == point[2])
