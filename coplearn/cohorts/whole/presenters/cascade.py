"""The page of the cascade: the line as a tree, and how far it reaches as tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from markupsafe import Markup

from coplearn.cohorts.common.presenters import audience_name, country_name
from coplearn.cohorts.whole.queries.cascade import CascadeNode, Reach
from coplearn.i18n.formats import number
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.web.render import isolated, page_locale, say

BY: Mapping[str, str] = {
    "": N_("All together"),
    "audience": N_("By audience"),
    "language": N_("By language"),
    "country": N_("By country"),
    "region": N_("By region"),
}


@dataclass(frozen=True, slots=True)
class Branch:
    """A cohort at the top of the page, with all that came of it."""

    title: str
    href: str | None
    people: int
    certified: int
    nodes: Sequence[Mapping[str, Any]]
    trainers: int
    """How many of its trainers have run cohorts of their own."""


def branches(nodes: Sequence[CascadeNode], roots: Collection[int], open_ids: Collection[int] | None) -> list[Branch]:
    """The tree in pieces, one for each cohort at the top, in the order of ``nodes``.

    ``open_ids`` are the cohorts whose pages the reader may open (None: all). A trainer sees
    the names of those they trained themselves, and further down the line the numbers alone.
    """
    under: dict[int | None, list[CascadeNode]] = {}
    for node in nodes:
        if node.id not in roots:
            under.setdefault(node.parent_cohort_id, []).append(node)
    made = []
    for node in nodes:
        if node.id in roots:
            children = _trainers(node.id, under, open_ids, {node.id})
            made.append(Branch(node.title, _href(node, open_ids), node.people, node.certified, children, len(children)))
    return made


def _trainers(
    cohort_id: int,
    under: Mapping[int | None, Sequence[CascadeNode]],
    open_ids: Collection[int] | None,
    seen: set[int],
) -> list[dict[str, Any]]:
    """The trainers who came of a cohort and ran cohorts of their own, each with these."""
    by_right: dict[int | None, list[CascadeNode]] = {}
    for node in under.get(cohort_id, ()):
        by_right.setdefault(node.right_id, []).append(node)
    named = open_ids is None or cohort_id in open_ids
    trainers = []
    for nodes in by_right.values():
        name = nodes[0].trainer if named else ""
        children = [
            {
                "text": isolated(node.title) if named else say(N_("A cohort")),
                "href": _href(node, open_ids),
                "note": _note(node),
                "children": _trainers(node.id, under, open_ids, seen | {node.id}),
            }
            for node in nodes
            if node.id not in seen
        ]
        if children:
            trainers.append({"text": isolated(name) if name else say(N_("A trainer")), "children": children})
    return trainers


def _href(node: CascadeNode, open_ids: Collection[int] | None) -> str | None:
    if open_ids is not None and node.id not in open_ids:
        return None
    return url_for("cohorts.cohort", cohort_id=node.public_id)


def _note(node: CascadeNode) -> str:
    locale = page_locale()
    return say(
        N_("people: %(people)s · certified: %(certified)s"),
        people=number(node.people, locale),
        certified=number(node.certified, locale),
    )


def tier_name(tier: int) -> str:
    """The steps of the line: trained by the authors' own trainers, or so many steps on."""
    if tier == 1:
        return say(N_("First step: trained by a country's own team"))
    if tier == 2:
        return say(N_("Second step: trained by their trainers"))
    return say(N_("Step %(number)s"), number=number(tier, page_locale()))


def group_name(by: str, group: str) -> str:
    """A value of what is counted by, in the page's language; what was not stated is said so, and is not zero."""
    if not group:
        return say(N_("Not stated"))
    if by == "audience":
        return audience_name(group)
    if by == "country":
        return country_name(group)
    if by == "language":
        locales = site().locales
        return locales.get(group).name if group in locales else group
    return group


def reach_rows(by: str, rows: Sequence[Reach]) -> list[list[str | Markup]]:
    """The lines of the table of reach: tier, perhaps the group, cohorts, trained, completed, certified."""
    locale = page_locale()
    return [
        [
            tier_name(row.tier),
            *([isolated(group_name(by, row.group))] if by else []),
            *(number(value, locale) for value in (row.cohorts, row.trained, row.completed, row.certified)),
        ]
        for row in rows
    ]
