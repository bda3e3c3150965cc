"""Feedback that a page carries closed: it opens for whoever gives an answer, and nothing in clear says which one is right.

That keeps honest people honest, and no more: whoever reads the program of the page can try every answer. The site scores again.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from markupsafe import Markup

MOST_POINTS: Final = 127
"""A point is kept in one signed byte."""
_KEY: Final = 16
_LABEL: Final = 8
_NONCE: Final = bytes(12)
"""Each key closes one thing, so it needs no other."""
_PADDED: Final = 512
"""Feedback is filled up to a whole number of so many bytes, so that its length says little."""
_WORDS: Final = 1000
_FIRST: Final = 0xE000
"""Signs of private use stand in closed feedback for what many questions' feedback has in common."""
WORDS_APART: Final = "\uf8ff"
"""Stands between the words that the page has for them."""
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_TOKEN: Final = re.compile(r"</?[\w-]+|\s[\w-]+(?:=\"[^\"]*\")?(?=[^<]*>)|>|[^<>]+|<")


@dataclass(frozen=True, slots=True)
class KeptReview:
    """The feedback on one question as a page without a network carries it: closed, for every answer there is.

    ``answers`` has a mapping for each part of an answer: what can be said there, with its points; ``of`` is the most that an
    answer gets. Said is ``name=value`` of a control, or ``name!value`` of a box that was left empty. With ``whole`` there is
    one part: all that is said, sorted, each on a line of its own.

    ``html`` is told in full; what has ``data-if`` stands only when that was said, what has ``data-unless`` when it was not.
    Said as well are ``:right``, ``:part`` or ``:wrong``. ``data-copy="name=value"`` is filled with the words of that option,
    ``data-said="name"`` with those of the option chosen there, ``data-label="name"`` with the field's own; elements with
    ``data-sort="name"`` stand in the order of the numbers chosen. A ``details`` without a list's row left goes; in it
    ``data-count="one"`` stands beside one row, ``data-count="more"`` beside more.
    """

    answers: Sequence[Mapping[str, int]]
    of: int
    html: Markup
    whole: bool = False


def seal(reviews: Sequence[KeptReview], texts: Collection[str]) -> tuple[list[str], list[str]]:
    """Each review closed, for an attribute; and what stands for the signs of private use in them.

    ``texts`` are the course's own: nothing of them stands in clear. The same reviews come to the same, wherever they are closed.
    """
    htmls = [_PRIVATE.sub("", str(review.html)) for review in reviews]
    words = _common(htmls, texts)
    signs = {word: chr(_FIRST + place) for place, word in enumerate(words)}
    closed = []
    for review, html in zip(reviews, htmls, strict=True):
        packed = "".join(signs.get(token, token) for token in _TOKEN.findall(html))
        closed.append(_closed(review, packed))
    return closed, words


def left_open(reviews: Sequence[KeptReview]) -> list[str]:
    """Each review for an attribute as it is, in base64: no answer is read in passing, and browsers need nothing to open it."""
    told = (
        {"answers": [dict(sorted(part.items())) for part in review.answers], "of": review.of, "html": review.html}
        for review in reviews
    )
    return [b64encode(json.dumps(one, ensure_ascii=False).encode()).decode() for one in told]


def _common(htmls: Sequence[str], texts: Collection[str]) -> list[str]:
    """The markup and the site's own sentences that more than one review has, what saves most first."""
    own = {token.strip() for text in texts for token in _TOKEN.findall(text)}
    uses: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    for html in htmls:
        counted = Counter(_TOKEN.findall(html))
        uses.update(counted)
        shared.update(counted.keys())
    saved = {token: (len(token.encode()) - 3) * (number - 1) for token, number in uses.items() if shared[token] > 1}
    good = [token for token, bytes_saved in saved.items() if bytes_saved > 0 and token.strip() not in own]
    return sorted(good, key=lambda token: (-saved[token], token))[:_WORDS]


def _closed(review: KeptReview, html: str) -> str:
    body = json.dumps({"of": review.of, "html": html}, ensure_ascii=False).encode()
    body += b" " * (-len(body) % _PADDED)
    whole = body + json.dumps([sorted(part.items()) for part in review.answers]).encode()
    key, salt = _made("key", whole), _made("salt", whole)
    shares = [_made(f"share {number}", whole) for number in range(len(review.answers) - 1)]
    last = key
    for share in shares:
        last = _xor(last, share)
    pieces = sorted(
        _piece(salt, said, points, share)
        for part, share in zip(review.answers, (*shares, last), strict=True)
        for said, points in part.items()
    )
    parts = (salt, b"".join(pieces), AESGCM(key).encrypt(_NONCE, body, None))
    return ".".join(b64encode(part).decode() for part in parts)


def _piece(salt: bytes, said: str, points: int, share: bytes) -> bytes:
    """The points of what was said and its share of the key, found and opened by whoever says it. All are of one length."""
    derived = HKDF(SHA256(), _LABEL + _KEY, salt, b"").derive(said.encode())
    inside = points.to_bytes(1, "big", signed=True) + share
    return derived[:_LABEL] + AESGCM(derived[_LABEL:]).encrypt(_NONCE, inside, None)


def _made(purpose: str, whole: bytes) -> bytes:
    """A key or a salt that follows from what is closed: nobody can have it who does not have that already."""
    return sha256(purpose.encode() + b"\0" + whole).digest()[:_KEY]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(first ^ second for first, second in zip(one, other, strict=True))
