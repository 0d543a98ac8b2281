"""Points of small and mixed order on edwards25519, computed here rather than listed."""

from ledger.signing.edwards import L, NotAPoint, P, Point, add, compress, decompress, multiply


def torsion() -> list[Point]:
    """The eight points whose order divides 8: multiples of L times some point that has a full torsion part."""
    for number in range(2, 200):
        try:
            point = multiply(L, decompress(number.to_bytes(32, "little")))
        except NotAPoint:
            continue
        if len({compress(multiply(k, point)) for k in range(8)}) == 8:
            return [multiply(k, point) for k in range(8)]
    raise AssertionError("no point of order 8 found")


def small_order_encodings() -> set[bytes]:
    """All texts of 32 bytes that some decoder takes for a point of small order: canonical or not."""
    found = set()
    for raw in map(compress, torsion()):
        y = int.from_bytes(raw, "little") & (2**255 - 1)
        x_is_zero = y in (1, P - 1)
        signs = {0, 1} if x_is_zero else {raw[31] >> 7}
        for spelled in {y, y + P}:
            if spelled < 2**255:
                found |= {(spelled | sign << 255).to_bytes(32, "little") for sign in signs}
    return found


def mixed_order_encodings(raw: bytes) -> list[bytes]:
    """A good key with each torsion point but the identity added to it."""
    return [compress(add(decompress(raw), point)) for point in torsion()[1:]]
