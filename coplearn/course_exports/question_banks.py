"""The checks of a course as a bank of questions: GIFT, or a QTI 3.0 package."""

from __future__ import annotations

from flask import Flask

from coplearn.course_exports.contents import spoken_in
from coplearn.course_exports.rules import PackageFormat, PackageOrder
from coplearn.course_exports.translated_checks import translated_checks
from coplearn.i18n.inline_marks import plain_text
from coplearn.question_formats.gift import write_gift
from coplearn.question_formats.qti import write_package
from coplearn.question_formats.questions import told_apart
from coplearn.site import site


def question_bank(app: Flask, order: PackageOrder) -> tuple[bytes, list[str]]:
    """The questions of all checks in the order's one language, both forms, and the titles of checks that no format can say."""
    locale, course = order.languages[0], order.course
    with spoken_in(app, locale, order.country):
        texts = site().library.texts(course, locale)
        held = {check.item.id: [*check.first, *check.second] for check in translated_checks(order, texts)}
    questions = told_apart(held.values())
    checks = [one for module in order.modules for one in module.item_ids if one in course.checks]
    left_out = [plain_text(texts.get(f"{one}#title").text) for one in checks if one not in held]
    if order.kind is PackageFormat.GIFT:
        return write_gift(questions).encode(), left_out
    title = plain_text(texts.get(f"{order.owner}#title").text)
    return write_package(questions, title, locale.bcp47), left_out
