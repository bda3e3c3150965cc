"""The domain's closed vocabularies: audiences, roles, permissions, certificate kinds."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum

ID_PATTERN: Final = re.compile(r"[a-z][a-z0-9-]{1,47}")
"""What every course, module, item, question, option and block id matches in full."""


class Audience(LabelledEnum):
    """The readers a course is written for."""

    PARENTS = "parents", N_("Parents and carers")
    EDUCATORS = "educators", N_("Educators")
    INDUSTRY = "industry", N_("Industry")
    POLICYMAKERS = "policymakers", N_("Policymakers")


class Role(StrEnum):
    """A role, with which a person is trusted. Learners need none, and who trains holds a role in a cohort (``StaffRole``)."""

    SUGGESTER = "suggester"
    TRANSLATOR = "translator"
    REVIEWER = "reviewer"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


class Permission(StrEnum):
    """Verb and noun; which role holds which is the law of ``accounts.rules``."""

    SEE_COURSE_PROBLEMS = "see course problems"
    SUGGEST = "suggest translations"
    TRANSLATE = "translate messages"
    REVIEW = "review translations"
    MANAGE_LANGUAGE = "manage a language"
    OPEN_COHORTS = "open cohorts"
    MANAGE_PACKAGES = "bring packages in"
    SEE_OUTBOX = "see the outbox"
    SEE_COUNTRY = "see a country's cohorts"
    SEE_RECORD = "see the record of processing"
    MANAGE_PEOPLE = "manage people and their roles"
    MANAGE_SITE = "manage the site"


class CertificateKind(StrEnum):
    """The two certificates of a course: every item done, or every check passed as well."""

    PARTICIPATION = "participation"
    ACHIEVEMENT = "achievement"
