"""Square codes on a screen, as the path of a drawing."""

from __future__ import annotations


def square_of(address: str) -> tuple[int, str]:
    """The square code of an address: the side in modules, and the path of its dark ones, with the quiet zone."""
    # Here and not above: it takes a while to load, and few pages need it.
    import segno

    rows = segno.make_qr(address, error="m").matrix
    path = "".join(f"M{x + 4} {y + 4}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows) + 8, path
