"""The order of what was found, what somebody may have meant, and the lines shown of a text: pure functions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from coplearn.i18n.analysis import Word, searched, words
from coplearn.search.stopwords import is_common
from coplearn.search.store import KnownWord, PageHit
from coplearn.search.synonyms import widened

MOST_WORDS: Final = 12
"""Words of a search that count."""
SHOWN: Final = 180
"""Letters of a text that are shown; half as many of Chinese."""
_K1: Final = 2.0
_B: Final = 0.6
_USUAL_LENGTH: Final = 250
_IN_TITLE: Final = 4.0
_TOGETHER: Final = 0.1
_ALL: Final = 1.0


class Vocabulary:
    """The words of the index in one language, and on how many pages each token stands."""

    def __init__(self, known: Mapping[str, KnownWord]) -> None:
        self.words = known
        counts: Counter[str] = Counter()
        for word in known.values():
            for token in word.tokens:
                counts[token] += word.pages
        self._counts = counts
        self._pages = max(counts.values(), default=0)

    def weight(self, tokens: Collection[str]) -> float:
        """The weight of a word by its tokens: rare ones say more; 0 for one that stands nowhere."""
        count = max((self._counts.get(token, 0) for token in tokens), default=0)
        return math.log(1 + (self._pages - count + 0.5) / (count + 0.5)) + 0.1 if count else 0.0

    def nearest(self, plain: str) -> str | None:
        """The word that was most likely meant: one slip in a short word, two in a long one; None for a very short one."""
        slips = 0 if len(plain) < 4 else 1 if len(plain) < 8 else 2
        if not slips or plain.isdigit():
            return None
        # Loaded by the first slip.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        close = process.extract(plain, self.words.keys(), scorer=OSA.distance, score_cutoff=slips, limit=8)
        if not close:
            return None
        # Few slip at the beginning of a word.
        ranked = sorted(close, key=lambda one: (one[1], one[0][:1] != plain[:1], -self.words[one[0]].pages, one[0]))
        return str(ranked[0][0])


@dataclass(frozen=True, slots=True)
class ParsedSearch:
    """A search as it was typed, read in one language: a group of tokens for each word that says something, and its weight."""

    groups: tuple[frozenset[str], ...] = ()
    weights: tuple[float, ...] = ()
    unknown: tuple[str, ...] = ()
    """Words that stand nowhere in this language."""
    meant: str = ""
    """The same with the words that were probably meant in place of unknown ones; empty where none were."""

    @property
    def is_known(self) -> bool:
        """Whether every word stands somewhere."""
        return bool(self.groups) and not self.unknown


def parsed(typed: str, locale: str, vocabulary: Vocabulary, *, mend: bool) -> ParsedSearch:
    """Make out what was typed. With ``mend`` an unknown word stands for the one that was probably meant."""
    every = searched(typed, locale)[:MOST_WORDS]
    wide = widened(every, locale)
    pairs = [(word, group) for word, group in zip(every, wide, strict=True) if group is not None]
    # An expression may be made of common words, and says something.
    telling = [(word, group) for word, group in pairs if not is_common(word.plain, locale) or group - {*word.tokens}]
    groups: dict[frozenset[str], float] = {}
    unknown: list[str] = []
    mended: list[tuple[Word, str]] = []
    for word, tokens in telling or pairs:
        # A rare word weighs more than what else is said for it, and a common meaning less than one of its rare words.
        weight = (vocabulary.weight(word.tokens) + vocabulary.weight(tokens)) / 2
        if not weight:
            unknown.append(word.plain)
            near = vocabulary.nearest(word.plain) if mend else None
            if near is not None and is_common(near, locale):
                mended.append((word, near))
                continue
            if near is not None:
                mended.append((word, near))
                tokens = frozenset(vocabulary.words[near].tokens)
                weight = vocabulary.weight(tokens)
        if weight:
            groups[tokens] = weight
    return ParsedSearch(tuple(groups), tuple(groups.values()), tuple(unknown), _rewritten(typed, mended))


def _rewritten(typed: str, mended: Sequence[tuple[Word, str]]) -> str:
    if not mended:
        return ""
    parts, end = [], 0
    for word, near in mended:
        parts += [typed[end : word.start], near]
        end = word.end
    return "".join((*parts, typed[end:])).strip()


def score(hit: PageHit, search: ParsedSearch) -> float:
    """Points of a page: rare words count for more, a title for more than a text, all words for more than some."""
    number_of = {token: number for number, group in enumerate(search.groups) for token in group}
    counts, together = _counted(hit.body, number_of)
    titles, beside = _counted(hit.heads, number_of)
    length = 1 - _B + _B * _size(hit.body) / _USUAL_LENGTH
    total = found = 0.0
    for number, weight in enumerate(search.weights):
        times = counts[number]
        if times or titles[number]:
            found += weight
        total += weight * times * (_K1 + 1) / (times + _K1 * length)
        total += weight * _IN_TITLE * bool(titles[number])
    if titles and not found - sum(search.weights):
        # The title says this and little else.
        total += _IN_TITLE * sum(search.weights) * sum(map(bool, titles.values())) / _size(hit.heads)
    total *= 1 + _TOGETHER * min(2, together + beside)
    return total * (found / sum(search.weights)) ** _ALL if search.weights else 0.0


def _size(tokens: str) -> int:
    return tokens.count(" ") + bool(tokens)


def _counted(tokens: str, number_of: Mapping[str, int]) -> tuple[Counter[int], int]:
    """Count each group there, and how often two neighbours of the search stand beside each other.

    The tokens stay one text: a page has a thousand, and a search some.
    """
    text = f" {tokens} "
    found: list[tuple[int, int]] = []
    for token, number in number_of.items():
        at = text.find(f" {token} ")
        while at >= 0:
            found.append((at, number))
            at = text.find(f" {token} ", at + 1)
    counts: Counter[int] = Counter()
    together, last, at_last = 0, -1, 0
    for at, number in sorted(found):
        counts[number] += 1
        if number == last + 1 and last >= 0 and text.count(" ", at_last, at) <= 3:
            together += 1
        last, at_last = number, at
    return counts, together


@dataclass(frozen=True, slots=True)
class SnippetPart:
    """A piece of a text; ``is_hit`` where it is a word that was searched for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True)
class _Window:
    text: str
    hits: list[tuple[int, int]] = field(default_factory=list)
    weight: float = 0.0


def snippet(texts: Sequence[str], locale: str, search: ParsedSearch) -> list[SnippetPart]:
    """The lines of the text that say most of what was searched for, in pieces; empty when there is no text."""
    weight_of = {
        token: (number, weight)
        for number, (group, weight) in enumerate(zip(search.groups, search.weights, strict=True))
        for token in group
    }
    best: _Window | None = None
    for text in texts:
        hits: list[tuple[int, int]] = []
        seen: dict[int, float] = {}
        for word in words(text, locale):
            known = next((weight_of[token] for token in word.tokens if token in weight_of), None)
            if known is not None:
                hits.append((word.start, word.end))
                seen[known[0]] = known[1]
        window = _Window(text, hits, sum(seen.values()))
        if best is None or window.weight > best.weight:
            best = window
    return _cut(best, locale) if best is not None else []


def _cut(window: _Window, locale: str) -> list[SnippetPart]:
    text, most = window.text, SHOWN // 2 if locale.startswith("zh") else SHOWN
    start = 0
    if len(text) > most:
        first = window.hits[0][0] if window.hits else 0
        start = max(0, min(first - most // 3, len(text) - most))
        start = _boundary(text, start) if start else 0
    end = min(len(text), start + most)
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start + most // 2 else end
    parts = [SnippetPart("… ")] if start else []
    at = start
    for begins, ends in _joined(window.hits):
        if begins < at or ends > end:
            continue
        parts += [SnippetPart(text[at:begins]), SnippetPart(text[begins:ends], is_hit=True)]
        at = ends
    parts += [SnippetPart(text[at:end]), SnippetPart(" …" if end < len(text) else "")]
    return [part for part in parts if part.text]


def _boundary(text: str, at: int) -> int:
    space = text.find(" ", at, at + 30)
    return space + 1 if space >= 0 else at


def _joined(hits: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs of Han signs lie over each other."""
    found: list[tuple[int, int]] = []
    for begins, ends in hits:
        if found and begins < found[-1][1]:
            found[-1] = (found[-1][0], max(ends, found[-1][1]))
        else:
            found.append((begins, ends))
    return found
