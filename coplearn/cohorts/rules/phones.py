"""Telephone numbers as people write them, in the one spelling that is kept and in the one that is shown."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from coplearn.cohorts.rules.joining import latin_digits, tidy
from coplearn.kernel.text import N_

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
