"""A statement's text as it is shown: in the reader's language where there is one, compared, and with what was said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Final

from babel import Locale as BabelLocale
from flask import current_app
from markupsafe import Markup

from coplearn.consultations.queries.statements import languages_of, texts_of
from coplearn.consultations.rules.blocks import StatementBlock, block_pairs, blocks_of
from coplearn.consultations.rules.words import TITLE
from coplearn.courses.inline import inline_html
from coplearn.i18n.collation import sort_key
from coplearn.i18n.inline_marks import plain_text
from coplearn.i18n.known_languages import codes, known
from coplearn.i18n.locales import Locale
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.translating.editing.marks import Change, word_changes
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale

if TYPE_CHECKING:
    from coplearn.consultations.models import Statement, StatementVersion

_OF_A_LIST: Final = ("li", "ol", "quote")


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block ready to be shown; ``locale`` is the language its words are in."""

    id: str
    kind: str
    html: Markup
    locale: Locale
    remarks: int = 0
    own: int = 0
    """Remarks of the organisation that reads."""


@dataclass(frozen=True, slots=True)
class BlockGroup:
    """Blocks that stand together: the items of a list, the paragraphs of a quotation, or one block alone."""

    kind: str
    start: int
    blocks: tuple[ShownBlock, ...]


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A whole text, in the language that was asked for as far as it goes."""

    title: str
    title_locale: Locale
    groups: Sequence[BlockGroup]
    source: Locale
    shown: Locale
    """The language that was asked for; the statement's own where it has no text in another."""
    others: Sequence[Locale]
    """Languages in which it can be read as well."""
    missing: int
    """Blocks that stand in the statement's own language."""


@dataclass(frozen=True, slots=True)
class ComparedBlock:
    """A block of two versions: what became of it (``same``, ``new``, ``gone`` or ``changed``), and the words."""

    id: str
    kind: str
    fate: str
    changes: Sequence[Change]


def language_at(code: str) -> Locale:
    """The language of a code, of this site or of any other; the source for one that nobody knows."""
    locales = site().locales
    return locales.get(code) if code in locales else known(code) or locales.source


def language_choices(own: Sequence[str] = ()) -> Choices:
    """Every language: those of this site in their own names, then all others as the page's language calls them."""
    here = [(locale.code, locale.name) for locale in site().locales.live]
    here += [(code, language_at(code).name) for code in own if code not in dict(here)]
    return [*here, *(pair for pair in _all_languages(page_locale()) if pair[0] not in dict(here))]


@lru_cache(maxsize=32)
def _all_languages(locale: Locale) -> tuple[tuple[str, str], ...]:
    names = BabelLocale.parse(locale.babel).languages
    found = {code: str(names[code]) for code in (*codes(), "en") if code in names}
    return tuple(sorted(found.items(), key=lambda pair: sort_key(pair[1], locale.code)))


def is_language(code: str) -> bool:
    """Whether it is a language that somebody may say they write in."""
    return code in site().locales or code in codes() or code == "en"


def statement_text(
    statement: Statement,
    version: StatementVersion,
    wanted: str = "",
    counts: Mapping[str, int] | None = None,
    own: Mapping[str, int] | None = None,
) -> ShownStatement:
    """The text of a version in the language of the code ``wanted``, or in the page's where it has one (two statements)."""
    session, source = current_session(current_app), language_at(statement.locale)
    has = [code for code in languages_of(session, statement.id) if code != statement.locale]
    code = wanted if wanted in (*has, statement.locale) else page_locale().code
    shown = language_at(code) if code in has else source
    texts = texts_of(session, version, code) if code in has else {}
    blocks = [_shown(one, texts, shown, source, counts or {}, own or {}) for one in blocks_of(version.body)]
    return ShownStatement(
        title=texts.get(TITLE) or version.title,
        title_locale=shown if texts.get(TITLE) else source,
        groups=_grouped(blocks_of(version.body), blocks),
        source=source,
        shown=shown,
        others=[language_at(one) for one in (statement.locale, *has) if one != shown.code],
        missing=sum(1 for one in blocks if one.locale is not shown) if shown is not source else 0,
    )


def _shown(
    block: StatementBlock,
    texts: Mapping[str, str],
    shown: Locale,
    source: Locale,
    counts: Mapping[str, int],
    own: Mapping[str, int],
) -> ShownBlock:
    text = texts.get(block.id)
    locale = shown if text else source
    return ShownBlock(
        block.id, block.kind, words_html(text or block.source), locale, counts.get(block.id, 0), own.get(block.id, 0)
    )


def _grouped(blocks: Sequence[StatementBlock], shown: Sequence[ShownBlock]) -> list[BlockGroup]:
    found: list[BlockGroup] = []
    pairs = list(zip(blocks, shown, strict=True))
    for kind, run in groupby(pairs, key=lambda pair: pair[0].kind):
        stretch = list(run)
        if kind in _OF_A_LIST:
            found.append(BlockGroup(kind, stretch[0][0].number, tuple(one for _, one in stretch)))
        else:
            found += [BlockGroup(kind, 0, (one,)) for _, one in stretch]
    return found


def words_html(text: str) -> Markup:
    """The words of a block with their emphasis and their links, and nothing else."""
    return inline_html(text, lambda target: target if target.startswith("https://") else None)


def one_block(statement: Statement, version: StatementVersion, block: StatementBlock, wanted: str = "") -> ShownBlock:
    """One block as :func:`statement_text` shows it."""
    text = statement_text(statement, version, wanted)
    return next(one for group in text.groups for one in group.blocks if one.id == block.id)


def neighbours(version: StatementVersion, block_id: str) -> tuple[str | None, str | None]:
    """The ids of the blocks before and after."""
    ids = [one.id for one in blocks_of(version.body)]
    at = ids.index(block_id) if block_id in ids else -1
    if at < 0:
        return None, ids[0] if ids else None
    return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None)


def compared(old: StatementVersion, new: StatementVersion) -> list[ComparedBlock]:
    """Two versions block by block, with what changed in words; the titles first where they differ."""
    found = []
    if old.title != new.title:
        found.append(ComparedBlock(TITLE, "h2", "changed", word_changes(old.title, new.title)))
    for pair in block_pairs(old.body, new.body):
        before = plain_text(pair.old.source) if pair.old is not None else ""
        after = plain_text(pair.new.source) if pair.new is not None else ""
        fate = "new" if pair.old is None else "gone" if pair.new is None else "same" if pair.is_same else "changed"
        kind = pair.new.kind if pair.new is not None else pair.old.kind if pair.old is not None else "p"
        found.append(ComparedBlock(pair.id, kind, fate, word_changes(before, after)))
    return found
