"""Rules of joining: who is one person, what codes and telephone numbers look like, and when somebody may come in."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import Final

import email_validator

from coplearn.cohorts.common.rules.words import MemberState, State
from coplearn.kernel.short_codes import code_typed, latin_digits, new_code
from coplearn.kernel.text import N_, Phrase

JOIN_LENGTH: Final = 8
CARD_LENGTH: Final = 10
MOST_TRIES: Final = 60
TRIES_SECONDS: Final = 600
"""Wrong codes of one network address in ten minutes: room for a whole training room, none for guessing."""
HOLDS_SEAT: Final = frozenset({MemberState.ACTIVE, MemberState.INVITED})
"""Whoever was asked in has a seat kept; whoever waits for approval has none yet."""
JOINABLE: Final = frozenset({State.OPEN, State.RUNNING})
LONGEST_NAME: Final = 200
LONGEST_REGION: Final = 100

_JOINERS: Final = "\u200c\u200d"
_TURNING: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Controls of the direction of writing: a name that holds them can look like another."""
_BLANKS: Final = re.compile(r"\s+")
_PLAIN_LOCAL: Final = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")
_WRAPPED: Final = re.compile(r"[^<>]*<([^<>]+)>")


def new_join_code() -> str:
    """A fresh code for a cohort: 39 random bits, and wrong ones are counted."""
    return new_code(JOIN_LENGTH)


def new_card_code() -> str:
    """A fresh code for one person's card."""
    return new_code(CARD_LENGTH)


def read_code(text: str) -> str:
    """A code as it was typed or scanned, in its one spelling; "" for what cannot be one."""
    return code_typed(text, (JOIN_LENGTH, CARD_LENGTH))


def tidy(text: str) -> str:
    """A cell's or a field's text on one line: single spaces, composed letters, no marks that nobody sees.

    Everything that can be seen stays as it was written, full-width brackets and "№" as well.
    """
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return " ".join(text.split())
    letters = []
    for letter in unicodedata.normalize("NFC", text):
        if letter.isspace():
            letters.append(" ")
        elif unicodedata.category(letter)[0] == "C" and letter not in _JOINERS:
            # A line end parts two words; a mark of direction parts nothing.
            letters.append(" " if letter < " " else "")
        else:
            letters.append(letter)
    return " ".join("".join(letters).split())


def turns_writing(text: str) -> bool:
    """Whether controls of the direction of writing stand in it, which :func:`tidy` takes out."""
    return not text.isascii() and _TURNING.search(text) is not None


def stored_address(text: str) -> str:
    """A mail address in the spelling that accounts have. Raises ValueError when it is none, or has a blank in it."""
    plain = unicodedata.normalize("NFKC", tidy(text))
    address = latin_digits(plain).strip(" ;,.'\"").casefold().removeprefix("mailto:")
    wrapped = _WRAPPED.fullmatch(address)
    address = wrapped[1].strip() if wrapped else address
    if " " in address:
        raise ValueError("a blank in the address")
    local, at, domain = address.rpartition("@")
    if at and len(local) <= 64 and _PLAIN_LOCAL.fullmatch(local):
        return f"{local}@{_domain(domain)}"
    return email_validator.validate_email(address, check_deliverability=False).normalized.lower()


def without_blanks(text: str) -> str | None:
    """The mail address that stands there when its blanks are left out; None when none does, or several do."""
    if text.count("@") != 1:
        return None
    try:
        return stored_address(_BLANKS.sub("", text))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """The domain in its one spelling; a roster has few, and each takes its time to check."""
    found = email_validator.validate_email(f"a@{domain}", check_deliverability=False).normalized.lower()
    return found.partition("@")[2]


@lru_cache(maxsize=8192)
def person_key(
    name: str, email: str | None, organisation: str, card_code: str | None = None, sourced_id: str | None = None
) -> str:
    """The key of one person in a cohort: mail address, else card, else number in a register, else name and organisation."""
    parts: tuple[str, ...]
    if email:
        parts = ("mail", email)
    elif card_code:
        parts = ("card", card_code)
    elif sourced_id:
        parts = ("register", sourced_id)
    else:
        parts = ("name", _same(name), _same(organisation))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _same(text: str) -> str:
    return tidy(unicodedata.normalize("NFKC", text)).casefold()


def why_no_code(state: str, archived_at: datetime | None, expires_at: datetime | None, now: datetime) -> Phrase | None:
    """The reason why nobody can come in by this code now; None when somebody can."""
    if archived_at is not None or state == State.CLOSED:
        return Phrase(N_("This cohort is over, so nobody can join it any more."))
    if state not in JOINABLE:
        return Phrase(N_("This cohort is not open yet. Try again when its trainer says so."))
    if expires_at is not None and expires_at <= now:
        return Phrase(N_("This code has run out. Ask the trainer for a new one."))
    return None


def is_full(capacity: int | None, taken: int) -> bool:
    """Whether every seat is taken or kept for somebody."""
    return capacity is not None and taken >= capacity


def free_seats(capacity: int | None, taken: int) -> int | None:
    """The number of seats that are free; None for as many as there are people."""
    return None if capacity is None else max(0, capacity - taken)


def entry_state(
    capacity: int | None, taken: int, waiting: int, *, keeps_list: bool, approval: bool
) -> MemberState | None:
    """The state of somebody who comes: in, to be let in, or on the waiting list; None where they can be none of these.

    ``waiting`` wait already: nobody overtakes them. So it is for the seats of a cohort and for those of a session.
    """
    full = is_full(capacity, taken)
    if keeps_list and (full or waiting):
        return MemberState.QUEUED
    if full:
        return None
    return MemberState.WAITING if approval else MemberState.ACTIVE


FULL: Final = N_("Every seat in this cohort is taken. Ask the trainer whether there will be more.")
LEFT: Final = N_("You left this cohort. Its trainer can take you back.")


LONGEST_PHONE: Final = 40
SEVERAL: Final = N_("There is more than one number here. The first is kept.")
UNKNOWN: Final = N_("No number of this country looks like this. It is kept as it stands, as far as it has digits.")
_BETWEEN: Final = re.compile(r"[;,/|،؛、；，]|\s(?:or|ou|или|o|أو|或)\s")


def stored_phone(text: str, country: str) -> str:
    """The number with its country's code (``+212612345678``). Raises ValueError when it is none that exists there."""
    # Here and not above: the numbers of the world take a while to load, and few pages need them.
    import phonenumbers

    plain = latin_digits(unicodedata.normalize("NFKC", tidy(text)))[:100].removeprefix("tel:")
    try:
        number = phonenumbers.parse(plain, country or None)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("no such number")
    written = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return f"{written};ext={number.extension}" if number.extension else written


def shown_phone(stored: str) -> str:
    """The number in groups, as it is read out; what is no number as it was written."""
    if not stored.startswith("+"):
        return stored
    import phonenumbers

    try:
        number = phonenumbers.parse(stored)
    except phonenumbers.NumberParseException:
        return stored
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def first_phone(text: str, country: str) -> tuple[str, str]:
    """The number that stands there, and "" or what is to be said: :data:`SEVERAL` or :data:`UNKNOWN`.

    What is no number we know is kept as it was written: whoever wrote it may know how to call it. Empty without a digit.
    """
    try:
        return stored_phone(text, country), ""
    except ValueError:
        pass
    for part in _BETWEEN.split(text):
        try:
            return stored_phone(part, country), SEVERAL
        except ValueError:
            continue
    written = tidy(text)
    return (written[:LONGEST_PHONE] if any(letter.isdecimal() for letter in written) else ""), UNKNOWN
