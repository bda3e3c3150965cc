"""The base of what is sent and answered: every field named, nothing else taken."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Thing = TypeVar("Thing", bound=BaseModel)


def _without_nul(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("no NUL and no half of a surrogate pair")
    return text


Text = Annotated[str, StringConstraints(max_length=3_000), AfterValidator(_without_nul)]
"""Text as somebody typed it; how long it may be is the domain's to say."""
Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_without_nul)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
"""An id or a word of a closed list."""
Instant = Annotated[datetime, AwareDatetime]
MOST: int = 200
"""Lines that one page has at most."""


class RequestShape(BaseModel):
    """A request's fields: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=False)


class ResponseShape(BaseModel):
    """An answer's fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListQuery(RequestShape):
    """Query of a list."""

    limit: int = Field(50, ge=1, le=MOST, description="Lines of a page.")
    cursor: str | None = Field(
        None, max_length=1_000, description="`next` of the page before; leave it out for the first."
    )


class PageOut(ResponseShape, Generic[Thing]):
    """A page of a list."""

    items: list[Thing]
    next: str | None = Field(description="The cursor of the next page; null on the last.")
