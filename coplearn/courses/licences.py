"""Licences of courses: expressions of the SPDX list, and how a page names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_CREATIVE_COMMONS: Final = re.compile(r"CC-(BY(?:-NC)?(?:-ND|-SA)?)-(\d\.\d)")


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as a page names it; ``url`` is its own page, None where the expression names several or an own one."""

    name: str
    url: str | None


def canonical_licence(written: str) -> str:
    """Return an SPDX expression in its canonical spelling (``CC-BY-4.0``, ``LicenseRef-…`` for one that is not listed).

    Raises ValueError when it is none.
    """
    try:
        return str(canonicalize_license_expression(written))
    except InvalidLicenseExpression as error:
        raise ValueError(
            "a licence is an identifier of the SPDX list, such as CC-BY-4.0, or LicenseRef- and a name of your own"
        ) from error


def licence_shown(expression: str) -> Licence:
    """Return the name and page of a canonical expression, as :func:`canonical_licence` gives it."""
    creative = _CREATIVE_COMMONS.fullmatch(expression)
    if creative:
        kind, version = creative.groups()
        return Licence(f"CC {kind} {version}", f"https://creativecommons.org/licenses/{kind.lower()}/{version}/")
    if expression.startswith("LicenseRef-") and " " not in expression:
        return Licence(expression.removeprefix("LicenseRef-").replace("-", " "), None)
    if " " in expression:
        return Licence(expression, None)
    return Licence(expression, f"https://spdx.org/licenses/{expression}.html")
