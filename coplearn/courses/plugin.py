"""The public contract of a plugin: everything a stranger's kind of item or question is written with.

The built-in kinds are written against this module alone, and so is a stranger's. A kind gets no session, no request and
no application: it is tested without the site, with ``coplearn.testing``.
"""

from __future__ import annotations

from coplearn.authoring import schema
from coplearn.authoring.fields import Fields, Text, distinct
from coplearn.authoring.problems import Place, Problem, Problems
from coplearn.authoring.schema import Schema
from coplearn.authoring.source import Json, SourceFile
from coplearn.courses.contract import (
    Ballot,
    Cited,
    ContentT,
    CourseView,
    Earned,
    Incomplete,
    Item,
    Message,
    Outcome,
    Page,
    Slide,
    TextUse,
    Told,
    View,
    digest_of,
)
from coplearn.courses.exercise import SCORES, Exercise, ExerciseRole, Inject
from coplearn.courses.html import Attribute, classes, element, join
from coplearn.courses.inline import inline_html
from coplearn.courses.item_kind import ItemKind
from coplearn.courses.markdown import parse_body
from coplearn.courses.prose import body_messages, body_slides, render_body, render_sources
from coplearn.courses.question import (
    Form,
    QuestionKind,
    Setting,
    ask_kept,
    box,
    described,
    field_error,
    one_of,
    shuffled,
    token,
    values,
)
from coplearn.courses.sealing import KeptReview
from coplearn.courses.tree import Body, Callout, ListBlock, Paragraph
from coplearn.courses.word_counts import words_in
from coplearn.kernel.text import N_, Phrase

__all__ = [
    "N_",
    "SCORES",
    "Attribute",
    "Ballot",
    "Body",
    "Callout",
    "Cited",
    "ContentT",
    "CourseView",
    "Earned",
    "Exercise",
    "ExerciseRole",
    "Fields",
    "Form",
    "Incomplete",
    "Inject",
    "Item",
    "ItemKind",
    "Json",
    "KeptReview",
    "ListBlock",
    "Message",
    "Outcome",
    "Page",
    "Paragraph",
    "Phrase",
    "Place",
    "Problem",
    "Problems",
    "QuestionKind",
    "Schema",
    "Setting",
    "Slide",
    "SourceFile",
    "Text",
    "TextUse",
    "Told",
    "View",
    "ask_kept",
    "body_messages",
    "body_slides",
    "box",
    "classes",
    "described",
    "digest_of",
    "distinct",
    "element",
    "field_error",
    "inline_html",
    "join",
    "one_of",
    "parse_body",
    "render_body",
    "render_sources",
    "schema",
    "shuffled",
    "token",
    "values",
    "words_in",
]
