"""Every check there is, and what to ask of them all together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from coplearn.i18n.checks import html, negation, numbers, places, security, size, structure, terms, text
from coplearn.i18n.checks.base import Check, Finding, Hit, Kind, PairCheck, Subject, read
from coplearn.i18n.checks.languages import ar, es, fr, hy, names, plural_one, ru, wording, zh
from coplearn.i18n.checks.reading import CheckedText

Judge = Callable[[CheckedText, CheckedText, Subject], Hit | None]

_FIRST: Final = size.MaxInput()

CHECKS: Final[tuple[Check, ...]] = (
    _FIRST,
    places.Placeholders(),
    places.PlaceTypes(),
    places.BarePercent(),
    places.Positional(),
    html.HtmlTags(),
    html.UnsafeHtml(),
    structure.MdLinks(),
    structure.Addresses(),
    structure.LinkText(),
    structure.MdStructure(),
    structure.MdEmphasis(),
    structure.MdStrong(),
    structure.MdCode(),
    numbers.ExactDigits(),
    numbers.Numbers(),
    numbers.Percent(),
    numbers.Units(),
    numbers.Dates(),
    numbers.Thousands(),
    size.MaxLength(),
    size.ReadingSpeed(),
    size.MaxLines(),
    size.TitleNewline(),
    size.LengthRatio(),
    security.Overrides(),
    security.Isolates(),
    security.Controls(),
    security.LostCharacters(),
    security.LookAlikeHosts(),
    security.ZeroWidth(),
    security.DirectionMarks(),
    text.Blank(),
    text.PluralForms(),
    text.PluralSame(),
    text.Same(),
    text.EdgeSpace(),
    text.DoubleSpace(),
    text.EndPunctuation(),
    text.DoubledWord(),
    text.Brackets(),
    text.SentenceCount(),
    text.MixedScript(),
    text.Untranslated(),
    terms.TermMissing(),
    terms.TermForbidden(),
    terms.TermStray(),
    wording.WrongWording(),
    wording.DoubtfulWording(),
    wording.BareVerb(),
    plural_one.PluralOne(),
    negation.Negation(),
    negation.NegationUnread(),
    ar.ArPunctuation(),
    ar.ArTatweel(),
    ar.ArDigits(),
    ar.ArLtrRun(),
    ar.ArHamza(),
    zh.ZhPunctuation(),
    zh.ZhFullStop(),
    zh.ZhTraditional(),
    zh.ZhSpacing(),
    zh.ZhFullWidth(),
    zh.ZhUnder(),
    zh.ZhPercent(),
    fr.FrSpacing(),
    fr.FrApostrophe(),
    fr.FrCapitalAccent(),
    ru.RuQuotes(),
    ru.RuGuillemets(),
    ru.RuDash(),
    ru.RuAddress(),
    ru.RuYo(),
    ru.RuFormOne(),
    ru.RuNoBreak(),
    names.RuName(),
    es.EsOpening(),
    es.EsAddress(),
    es.EsChildLost(),
    hy.HyFullStop(),
    hy.HyQuestion(),
    hy.HyEw(),
    hy.HyQuotes(),
)


@lru_cache(maxsize=64)
def _checks_for(locale: str, kind: Kind) -> tuple[Check, ...]:
    language = locale.split("_")[0]
    return tuple(
        check for check in CHECKS if kind in check.kinds and (not check.languages or language in check.languages)
    )


@lru_cache(maxsize=64)
def automatic_checks(locale: str, kind: Kind) -> tuple[Check, ...]:
    """The checks of the language that are mended unasked whenever a text is kept."""
    return tuple(check for check in _checks_for(locale, kind) if check.is_automatic)


@lru_cache(maxsize=128)
def _asked(locale: str, kind: Kind, *, blocking: bool, critical: bool) -> tuple[tuple[Check, Judge | None], ...]:
    """The checks after the first (or those that may block), each with its ``hit`` where that is all it does."""
    return tuple(
        (check, check.hit if isinstance(check, PairCheck) else None)
        for check in _checks_for(locale, kind)
        if (check.may_block(critical=critical) if blocking else check is not _FIRST)
    )


def _told(subject: Subject, *, blocking: bool) -> Iterator[Finding]:
    if not any(subject.forms):
        return
    checks = _asked(subject.locale, subject.kind, blocking=blocking, critical=subject.critical or subject.read_twice)
    if subject.plural or len(subject.forms) != 1:
        for check, _ in checks:
            yield from check.findings(subject)
        return
    # Nearly every message has one text and one source: read once here, and not by each of the checks.
    source, target = read(subject.source, subject.kind), read(subject.forms[0], subject.kind)
    for check, judge in checks:
        if judge is None:
            yield from check.findings(subject)
        elif (hit := judge(source, target, subject)) is not None:
            yield check.finding_of(hit, subject)


def findings(subject: Subject) -> list[Finding]:
    """Every check that the message does not pass, in the registry's order. Never raises, whatever the text holds."""
    # An endless text is not looked at any further: the other checks would parse it.
    return list(_FIRST.findings(subject)) or list(_told(subject, blocking=False))


def is_blocked(subject: Subject) -> bool:
    """Whether a check of severity E keeps the message from being shown; asks only those that may say so."""
    return any(found.severity == "E" for found in _told(subject, blocking=True))
