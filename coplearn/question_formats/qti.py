"""QTI 2.1, 2.2 and 3.0 read, and 3.0 written: items of choice, order, match and extended text.

1EdTech's names differ between the editions in their spelling alone (``simpleChoice``, ``qti-simple-choice``): they are read as
one. What an item's response processing does beyond the standard's templates is not guessed: such an item is refused by name.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

from markupsafe import escape

from coplearn.question_formats.markup import to_html
from coplearn.question_formats.questions import Part, QuestionWord, ReadQuestions, SharedQuestion, joined
from coplearn.question_formats.xml_files import Element, below, child, children, inner_html, local, said

_INTERACTIONS: Final = {
    "choice-interaction": "one",
    "order-interaction": "order",
    "match-interaction": "match",
    "extended-text-interaction": "reflection",
}
_TEMPLATES: Final = frozenset({"match_correct", "map_response", "CC2_match", "CC2_map_response"})
_SPELLED_OUT: Final = frozenset(
    [
        "response-processing",
        "response-condition",
        "response-if",
        "response-else",
        "match",
        "variable",
        "correct",
        "base-value",
        "set-outcome-value",
        "map-response",
        "is-null",
        "not",
    ]
)
"""What the templates consist of, so that an item which spells them out is judged the same."""
_NAMESPACE: Final = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_PACKAGE: Final = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_FEEDBACK: Final = frozenset({"feedback-inline", "feedback-block"})


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"-\1", name).lower().removeprefix("qti-")


def _plainly_named(element: Element) -> Element:
    """A copy with the names of QTI 3.0, without ``qti-`` and namespaces."""
    copied = ElementTree.Element(
        _kebab(local(element)), {_kebab(key.rpartition("}")[2]): value for key, value in element.attrib.items()}
    )
    copied.text, copied.tail = element.text, element.tail
    copied.extend(_plainly_named(one) for one in element if isinstance(one.tag, str))
    return copied


def is_qti(root: Element) -> bool:
    """Whether a document is an item, or holds some."""
    return _kebab(local(root)) in {"assessment-item", "assessment-test", "assessment-section"}


def read_items(root: Element, name: str) -> ReadQuestions:
    """The questions of a document: an item, or all those in it."""
    read = ReadQuestions()
    for number, one in enumerate(below(_plainly_named(root), "assessment-item"), 1):
        named = one.get("title") or one.get("identifier") or str(number)
        _item(one, f"{name}, item {named!r}", read)
    return read


def _item(item: Element, place: str, read: ReadQuestions) -> None:
    body = child(item, "item-body")
    asked = [one for one in (body.iter() if body is not None else ()) if local(one).endswith("-interaction")]
    names = {local(one) for one in asked}
    if body is None or len(asked) != 1 or not names <= _INTERACTIONS.keys():
        what = " and ".join(sorted(names - _INTERACTIONS.keys())) or f"{len(asked)} interactions in one item"
        read.leave(place, f"Left out: {what} has no home here.")
        return
    processing = child(item, "response-processing")
    if not _is_plain(processing):
        read.leave(place, "Left out: its response processing does more than the standard's templates.")
        return
    interaction = asked[0]
    prompt = child(interaction, "prompt")
    before = inner_html(body, frozenset({local(interaction), "rubric-block", *_FEEDBACK}))
    stem = said(joined([_words(before), inner_html(prompt, _FEEDBACK)]), place, read)
    question = SharedQuestion(_kind_of(interaction, item), stem).named(
        {"id": item.get("identifier", "")} | _labelled(item)
    )
    question = _with_parts(question, interaction, item, place, read)
    whole = [said(_feedback(one), place, read) for one in children(item, "modal-feedback")]
    hint = "".join(said(inner_html(one), place, read) for one in children(body, "rubric-block"))
    if question.kind in {"order", "match"} and whole:
        question, whole = replace(question, reason=whole[0]), whole[1:]
    if question.kind == "reflection":
        question, hint = replace(question, hint=hint), ""
    for text in filter(None, [*whole, hint]):
        read.leave(place, f"A remark on the whole has no home: {text}")
    read.take(place, question)


def _words(html: str) -> str:
    return html if re.sub(r"<[^>]*>|\s", "", html) else ""


def _feedback(one: Element) -> str:
    inner = child(one, "content-body")
    return inner_html(one if inner is None else inner)


def _is_plain(processing: Element | None) -> bool:
    if processing is None:
        return True
    template = processing.get("template", "").rpartition("/")[2].removesuffix(".xml")
    return template in _TEMPLATES if template else {local(one) for one in processing.iter()} <= _SPELLED_OUT


def _kind_of(interaction: Element, item: Element) -> QuestionWord:
    kind = _INTERACTIONS[local(interaction)]
    response = next(iter(children(item, "response-declaration")), None)
    several = response is not None and response.get("cardinality") == "multiple"
    if kind == "one":
        return "many" if several and len(_right(item)) > 1 else "one"
    return "order" if kind == "order" else "match" if kind == "match" else "reflection"


def _right(item: Element) -> list[str]:
    """The values of the right answer, or those that the mapping gives points for."""
    response = child(item, "response-declaration")
    values = [(value.text or "").strip() for value in children(child(response, "correct-response"), "value")]
    mapped = [row.get("map-key", "") for row in children(child(response, "mapping"), "map-entry") if _points(row) > 0]
    return values or mapped


def _points(row: Element) -> float:
    try:
        return float(row.get("mapped-value", "0"))
    except ValueError:
        return 0.0


def _labelled(item: Element) -> dict[str, str]:
    """A critical skill and the id of the first form, from an item's label as we write it."""
    words = dict(part.partition("=")[::2] for part in item.get("label", "").split(";") if "=" in part)
    return {key: words[key] for key in ("skill", "form_b_of") if key in words}


def _with_parts(
    question: SharedQuestion, interaction: Element, item: Element, place: str, read: ReadQuestions
) -> SharedQuestion:
    right = _right(item)
    if question.kind == "match":
        return replace(question, parts=tuple(_pairs(interaction, right, place, read)))
    parts = {
        one.get("identifier", ""): _part(one, one.get("identifier", "") in right, place, read)
        for one in children(interaction, "simple-choice")
    }
    if question.kind == "order":
        if sorted(right) != sorted(parts):
            read.leave(place, "Its right order does not name each step once, so the order in the file is taken.")
            right = list(parts)
        return replace(question, parts=tuple(replace(parts[name], correct=False) for name in right))
    return replace(question, parts=tuple(parts.values()))


def _part(one: Element, correct: bool, place: str, read: ReadQuestions) -> Part:
    reason = joined([said(inner_html(note), place, read) for note in one if local(note) in _FEEDBACK])
    return Part(said(inner_html(one, _FEEDBACK), place, read), reason, one.get("identifier", ""), correct)


def _pairs(interaction: Element, right: list[str], place: str, read: ReadQuestions) -> Iterator[Part]:
    sets = [
        {
            one.get("identifier", ""): _part(one, False, place, read)
            for one in children(side, "simple-associable-choice")
        }
        for side in children(interaction, "simple-match-set")
    ]
    for value in right if len(sets) == 2 else ():
        left, _, other = value.partition(" ")
        if left in sets[0] and other in sets[1]:
            yield replace(sets[0][left], other=sets[1][other].text)


def write_package(questions: Iterable[SharedQuestion], title: str, language: str) -> bytes:
    """A content package with an item a question and a test that holds them all. The bytes are the same each time."""
    made = [(f"items/{one.id}.xml", _written(one, language)) for one in questions]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in [("imsmanifest.xml", _manifest(made)), ("test.xml", _test(made, title)), *made]:
            archive.writestr(zipfile.ZipInfo(path), text.encode())
    return held.getvalue()


def _names(made: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(path.removeprefix("items/").removesuffix(".xml"), path) for path, _ in made]


def _manifest(made: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<resource identifier="r-{name}" type="imsqti_item_xmlv3p0" href="{path}"><file href="{path}"/></resource>'
        for name, path in _names(made)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest xmlns="{_PACKAGE}" identifier="coplearn">'
        "<metadata><schema>QTI Package</schema><schemaversion>3.0.0</schemaversion></metadata><organizations/><resources>"
        '<resource identifier="r-test" type="imsqti_test_xmlv3p0" href="test.xml"><file href="test.xml"/></resource>'
        f"{rows}</resources></manifest>\n"
    )


def _test(made: list[tuple[str, str]], title: str) -> str:
    rows = "".join(f'<qti-assessment-item-ref identifier="{name}" href="{path}"/>' for name, path in _names(made))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<qti-assessment-test xmlns="{_NAMESPACE}" identifier="check" '
        f'title="{escape(title)}"><qti-test-part identifier="part" navigation-mode="linear" submission-mode="simultaneous">'
        f'<qti-assessment-section identifier="section" title="{escape(title)}" visible="true">{rows}'
        "</qti-assessment-section></qti-test-part></qti-assessment-test>\n"
    )


def _written(one: SharedQuestion, language: str) -> str:
    label = ";".join(f"{key}={value}" for key, value in (("skill", one.skill), ("form_b_of", one.form_b_of)) if value)
    declared, body, processing = {
        "one": _choice, "many": _choice, "order": _order, "match": _match, "reflection": _text,
    }[one.kind](one)  # fmt: skip
    whole = ""
    if one.reason:
        block = '<qti-modal-feedback identifier="reason" outcome-identifier="WHOLE" show-hide="show"><qti-content-body>'
        whole = f"{block}{to_html(one.reason)}</qti-content-body></qti-modal-feedback>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<qti-assessment-item xmlns="{_NAMESPACE}" identifier="{one.id}" '
        f'title="{one.id}" adaptive="false" time-dependent="false" xml:lang="{escape(language)}"'
        + (f' label="{escape(label)}"' if label else "")
        + f">{declared}<qti-item-body>{body}</qti-item-body>{processing}{whole}</qti-assessment-item>\n"
    )


def _declared(cardinality: str, base: str, values: Iterable[str]) -> str:
    right = "".join(f"<qti-value>{value}</qti-value>" for value in values)
    outcomes = "".join(
        f'<qti-outcome-declaration identifier="{name}" cardinality="{many}" base-type="{kind}"/>'
        for name, many, kind in (
            ("SCORE", "single", "float"),
            ("FEEDBACK", cardinality if base == "identifier" else "single", "identifier"),
            ("WHOLE", "single", "identifier"),
        )
    )
    correct = f"<qti-correct-response>{right}</qti-correct-response>" if right else ""
    return (
        f'<qti-response-declaration identifier="RESPONSE" cardinality="{cardinality}" base-type="{base}">{correct}'
        f"</qti-response-declaration>{outcomes}"
    )


def _processing(extra: str) -> str:
    """Right or not, as the template ``match_correct`` has it, and which remarks to show."""

    def sets(name: str, value: str) -> str:
        return f'<qti-set-outcome-value identifier="{name}">{value}</qti-set-outcome-value>'

    def number(value: int) -> str:
        return f'<qti-base-value base-type="float">{value}</qti-base-value>'

    return (
        '<qti-response-processing><qti-response-condition><qti-response-if><qti-match><qti-variable identifier="RESPONSE"/>'
        f'<qti-correct identifier="RESPONSE"/></qti-match>{sets("SCORE", number(1))}</qti-response-if><qti-response-else>'
        f"{sets('SCORE', number(0))}</qti-response-else></qti-response-condition>{extra}</qti-response-processing>"
    )


_SHOW_CHOSEN: Final = (
    '<qti-set-outcome-value identifier="FEEDBACK"><qti-variable identifier="RESPONSE"/></qti-set-outcome-value>'
)
_SHOW_WHOLE: Final = (
    '<qti-set-outcome-value identifier="WHOLE"><qti-base-value base-type="identifier">reason</qti-base-value>'
    "</qti-set-outcome-value>"
)


def _prompt(one: SharedQuestion) -> str:
    return f"<qti-prompt>{to_html(one.stem)}</qti-prompt>"


def _row(part: Part, name: str, more: str = "") -> str:
    note = (
        f'<qti-feedback-inline outcome-identifier="FEEDBACK" identifier="{part.id}" show-hide="show">{to_html(part.reason)}'
        "</qti-feedback-inline>"
        if part.reason
        else ""
    )
    return f'<{name} identifier="{part.id}"{more}>{to_html(part.text)}{note}</{name}>'


def _interaction(name: str, attributes: str, inner: str) -> str:
    return f'<qti-{name}-interaction response-identifier="RESPONSE"{attributes}>{inner}</qti-{name}-interaction>'


def _choice(one: SharedQuestion) -> tuple[str, str, str]:
    rows = "".join(_row(part, "qti-simple-choice") for part in one.parts)
    most = 1 if one.kind == "one" else 0
    body = _interaction("choice", f' shuffle="true" max-choices="{most}"', _prompt(one) + rows)
    cardinality, right = "single" if one.kind == "one" else "multiple", [part.id for part in one.parts if part.correct]
    return _declared(cardinality, "identifier", right), body, _processing(_SHOW_CHOSEN)


def _order(one: SharedQuestion) -> tuple[str, str, str]:
    rows = "".join(_row(part, "qti-simple-choice") for part in one.parts)
    body = _interaction("order", ' shuffle="true"', _prompt(one) + rows)
    return _declared("ordered", "identifier", [part.id for part in one.parts]), body, _processing(_SHOW_WHOLE)


def _match(one: SharedQuestion) -> tuple[str, str, str]:
    name, once = "qti-simple-associable-choice", ' match-max="1"'
    left = "".join(_row(part, name, once) for part in one.parts)
    right = "".join(f'<{name} identifier="to-{part.id}"{once}>{to_html(part.other)}</{name}>' for part in one.parts)
    sets = "".join(f"<qti-simple-match-set>{side}</qti-simple-match-set>" for side in (left, right))
    body = _interaction("match", f' shuffle="true" max-associations="{len(one.parts)}"', _prompt(one) + sets)
    values = [f"{part.id} to-{part.id}" for part in one.parts]
    return _declared("multiple", "directedPair", values), body, _processing(_SHOW_WHOLE)


def _text(one: SharedQuestion) -> tuple[str, str, str]:
    body = _interaction("extended-text", "", _prompt(one))
    if one.hint:
        block = '<qti-rubric-block use="instructions" view="candidate"><qti-content-body>'
        body += f"{block}{to_html(one.hint)}</qti-content-body></qti-rubric-block>"
    declared = '<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="string"/>'
    return declared, body, ""
