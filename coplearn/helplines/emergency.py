"""The emergency numbers of a country, from the telephone numbering data that Google's libphonenumber gathers.

They are no lines of the directory: nobody read them in their owner's page for this site, and the page says so.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_LONGEST, _FEW = 5, 3
_MOST: Final = 12
"""Where there are more, a whole range of numbers is kept for emergencies, and the short ones are those that people know."""
_KNOWN_FIRST: Final = ("911", "999", "000", "112")
"""Where there are few, the number for everything is known as one of these."""

_PART_OF: Final = {"EA": "ES", "IC": "ES", "TA": "SH"}
"""Islands and towns with a code of their own that the data counts to another: Ceuta and Melilla, the Canaries, Tristan."""


@lru_cache(maxsize=300)
def emergency_numbers(country: str) -> tuple[str, ...]:
    """The numbers dialled in danger in the country of that ISO 3166 code, the best known first; empty where none is known."""
    # Here and not above: it takes a while to load, and few pages need it.
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.short_metadata_for_region(_PART_OF.get(country, country))
    numbers = metadata.emergency if metadata is not None else None
    if numbers is None or not numbers.national_number_pattern:
        return ()
    pattern = re.compile(numbers.national_number_pattern)
    lengths = [length for length in numbers.possible_length if 0 < length <= _LONGEST]
    dialled = [f"{number:0{length}}" for length in lengths for number in range(10**length)]
    found = [number for number in dialled if pattern.fullmatch(number)]
    if len(found) > _MOST:
        found = [number for number in found if len(number) == len(found[0])]
    first = _KNOWN_FIRST if len(found) <= _FEW else ("112",)
    return tuple(
        sorted(found, key=lambda number: (first.index(number) if number in first else len(first), len(number), number))
    )
