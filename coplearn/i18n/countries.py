"""The countries and territories of ISO 3166-1, as the CLDR data of Babel lists them."""

from __future__ import annotations

import re
from typing import Final

from babel import Locale

_NO_COUNTRIES: Final = frozenset({"CQ", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
COUNTRIES: Final = frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code)) - (
    _NO_COUNTRIES
)
"""Codes of two capitals."""
