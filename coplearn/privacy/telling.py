"""Pieces of a text that look like somebody's name or telephone: a hint for whoever wrote it, never a judgement.

It finds names by the words around them, in the languages of the site: after "is called", before an age, or two words
with capitals in the middle of a sentence. It misses some, and takes some places for people; so it asks once and stops nobody.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 20_000
"""Letters that are looked at: nobody writes more in a form, and a hostile text must not take long."""
_NAME: Final = r"[A-ZÀ-ÖØ-ÞА-ЯЁԱ-Ֆ][\w’'-]{1,40}\b"
_AGE: Final = r"\d{1,2}\s*(?:years?|yrs?|yo\b|ans\b|años|лет|год|տարեկան|岁|歲|سنة|سنوات|أعوام)"
_CALLED: Final = re.compile(
    r"(?i:\b(?:is called|was called|named|(?:his|her|their|whose|child’s|child's) name is|name’s|name's"
    r"|my (?:son|daughter|pupil)"
    r"|s['’]appelle|s['’]appelait|nommée?|prénommée?|mon (?:fils|élève)|ma fille"
    r"|se llama|se llamaba|llamad[oa]|su nombre es|mi hij[oa]|mi alumn[oa]"
    r"|зовут|звали|по имени|мой сын|моя дочь|անունը|անունով))\s+(?-i:(" + _NAME + r"(?:\s" + _NAME + r")?))"
)
_CALLED_ELSEWHERE: Final = re.compile(
    r"(?:اسمه|اسمها|اسمي|يُدعى|تُدعى|يدعى|تدعى|المدعو|المدعوة)\s+(\w{2,}(?:\s\w{2,})?)"
    r"|(?:名叫|叫做|名字是|名字叫|姓名[:：]?)\s*([\u4e00-\u9fff]{2,4}?)(?=[\s，。,.、；;]|$)"
)
_WITH_AGE: Final = re.compile(rf"\b({_NAME})\s{{0,2}}[,(،（]\s{{0,2}}(?:{_AGE}|\d{{1,2}}\s*[)）])")
_FULL: Final = re.compile(rf"(?<=[a-zà-öø-ÿа-яёա-և,] )({_NAME} {_NAME})(?! {_NAME})")
_PLACES: Final = frozenset(
    {
        "Internet",
        "Online",
        "Day",
        "Nations",
        "School",
        "University",
        "Ministry",
        "Child",
        "Children",
        "Protection",
        "Safety",
        "Centre",
        "Center",
        "Convention",
        "Act",
        "Law",
        "Street",
        "City",
        "Republic",
        "United",
        "South",
        "North",
        "East",
        "West",
        "World",
        "Save",
        "Google",
        "Meta",
        "Facebook",
        "Instagram",
        "YouTube",
        "TikTok",
        "WhatsApp",
        "Snapchat",
        "Roblox",
    }
)
"""With one of these, two words with capitals are an office, a day or a service."""
_BEFORE_PLACES: Final = re.compile(
    r"(?i:\b(?:the|in|at|from|of|on|to|à|en|de|du|des|la|el|le|les|los|las|в|на|из|от))\s$"
)
_DIGITS: Final = re.compile(r"\d(?:\D?\d){6}")
_HOME_NUMBER: Final = re.compile(r"(?<![\d.,/:-])0\d(?:[ .\u00a0\u202f-]?\d){7,9}(?![\d.,/:-]?\d)")


def tells(text: str) -> tuple[str, ...]:
    """The pieces of a text that look like a name or a telephone, as they stand there; empty for nearly every text."""
    if not text or len(text) < 5:
        return ()
    text = text[:_LONGEST]
    return tuple(dict.fromkeys((*_names(text), *_phones(text))))


def _names(text: str) -> list[str]:
    found = [next(part for part in match.groups() if part) for match in _CALLED_ELSEWHERE.finditer(text)]
    found += [match[1] for match in _CALLED.finditer(text)]
    found += [match[1] for match in _WITH_AGE.finditer(text)]
    for match in _FULL.finditer(text):
        if not _PLACES.intersection(match[1].split()) and not _BEFORE_PLACES.search(text[: match.start()]):
            found.append(match[1])
    return found


def _phones(text: str) -> list[str]:
    if not _DIGITS.search(text):
        return []
    # Here and not above: its tables take a while to load, and hardly any text has so many digits.
    from phonenumbers import PhoneNumberMatcher

    found = [match.raw_string for match in PhoneNumberMatcher(text, None)]
    return found + [match[0] for match in _HOME_NUMBER.finditer(text)]
