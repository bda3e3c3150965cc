"""QTI 1.2.1 in the profile of Common Cartridge 1.3: assessments and question banks, read and written.

The profile knows choices and texts alone. Steps to be put in order become a choice of the place for each, and pairs a choice of the
other side for each; items of ours that belong together come back as one question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from markupsafe import Markup, escape

from coplearn.question_formats.markup import to_html
from coplearn.question_formats.questions import Part, ReadQuestions, SharedQuestion
from coplearn.question_formats.xml_files import Element, below, child, children, local, said

_ROOT: Final = "questestinterop"
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.imsglobal.org/xsd/ims_qtiasiv1p2 '
    'http://www.imsglobal.org/profile/cc/ccv1p3/ccv1p3_qtiasiv1p2p1_v1p0.xsd">\n'
)
_PROFILES: Final = {
    "one": "cc.multiple_choice.v0p1",
    "many": "cc.multiple_response.v0p1",
    "reflection": "cc.essay.v0p1",
}
_PART: Final = re.compile(r"(.+)\.(order|match)\.(.+)")
"""The identifier of an item that is a part of a question of ours."""
_OTHERS: Final = {
    "response_str": "words are to be typed",
    "response_num": "a number is asked for",
    "response_xy": "a place in a picture is asked for",
    "response_grp": "things are to be grouped",
}


def is_qti12(root: Element) -> bool:
    """Whether a document is an assessment, a question bank or items of QTI 1.2."""
    return local(root) == _ROOT


# ── Reading ──


def read_qti12(root: Element, name: str) -> ReadQuestions:
    """The questions of a document. What is scored in another way than by right answers alone is left out by name."""
    read = ReadQuestions()
    waiting: list[tuple[str, str, SharedQuestion]] = []
    for number, item in enumerate(below(root, "item"), 1):
        place = f"{name}, item {item.get('title') or item.get('ident') or str(number)!r}"
        found = _PART.fullmatch(item.get("ident", ""))
        if waiting and (found is None or found[1] != waiting[0][0]):
            _take_parts(waiting, name, read)
            waiting = []
        question = _item(item, place, read)
        if question is not None and found is not None:
            waiting.append((found[1], found[2], replace(question, id=found[3])))
        elif question is not None:
            if question.reason:
                read.leave(
                    place, f"A remark on the whole has no home beside the reasons of the options: {question.reason}"
                )
            read.take(place, replace(question, reason=""))
    if waiting:
        _take_parts(waiting, name, read)
    return read


def _item(item: Element, place: str, read: ReadQuestions) -> SharedQuestion | None:
    presentation = child(item, "presentation")
    if presentation is None:
        read.leave(place, "Left out: it shows nothing.")
        return None
    asked = below(presentation, "response_lid", *_OTHERS)
    words = dict(_metadata(item))
    is_essay = words.get("cc_profile") == _PROFILES["reflection"]
    if len(asked) != 1 or (local(asked[0]) != "response_lid" and not is_essay):
        what = (
            _OTHERS.get(local(asked[0]), "it asks in another way")
            if len(asked) == 1
            else f"it asks {len(asked)} things"
        )
        read.leave(place, f"Left out, for {what}; that has no home here.")
        return None
    stem, left = _material(presentation, place, read), ""
    if _PART.fullmatch(item.get("ident", "")):
        both = next((one.text or "" for one in below(presentation, "mattext")), "").split(_BETWEEN, 1)
        stem, left = (said(one, place, read) for one in (*both, "")[:2])
    notes = dict(part.partition("=")[::2] for part in words.get("cc_question_category", "").split(";") if "=" in part)
    remarks = {one.get("ident", ""): _material(one, place, read) for one in children(item, "itemfeedback")}
    question = SharedQuestion("reflection", stem, id=item.get("ident", ""), hint=left).named(
        {key: notes[key] for key in ("skill", "form_b_of") if key in notes}
    )
    if is_essay:
        return replace(question, hint=remarks.get("general_fb", ""))
    return _choice(replace(question, reason=remarks.pop("general_fb", "")), asked[0], item, remarks, place, read)


def _choice(
    question: SharedQuestion, asked: Element, item: Element, remarks: dict[str, str], place: str, read: ReadQuestions
) -> SharedQuestion:
    right, shown = _judged(item)
    parts = tuple(
        Part(
            _material(label, place, read),
            " ".join(remarks[name] for name in shown.get(label.get("ident", ""), ()) if remarks.get(name)),
            label.get("ident", ""),
            correct=label.get("ident", "") in right,
        )
        for label in below(asked, "response_label")
    )
    several = (asked.get("rcardinality") or "Single") != "Single"
    return replace(question, kind="many" if several else "one", parts=parts)


def _judged(item: Element) -> tuple[set[str], dict[str, list[str]]]:
    """The identifiers of what is right, and the remarks to show by what was chosen."""
    right: set[str] = set()
    shown: dict[str, list[str]] = {}
    for condition in below(item, "respcondition"):
        chosen = [(one.text or "").strip() for one in _wanted(child(condition, "conditionvar"))]
        scores = [one for one in children(condition, "setvar") if _points(one) > 0]
        right |= set(chosen) if scores else set()
        for remark in children(condition, "displayfeedback"):
            for one in chosen:
                shown.setdefault(one, []).append(remark.get("linkrefid", ""))
    return right, shown


def _wanted(condition: Element | None) -> Iterator[Element]:
    """The choices without which a condition does not hold; those that it forbids are none of them."""
    for one in condition if condition is not None else ():
        if local(one) == "varequal":
            yield one
        elif local(one) != "not":
            yield from _wanted(one)


def _points(setvar: Element) -> float:
    try:
        return float(setvar.text or "0")
    except ValueError:
        return 0.0


def _metadata(item: Element) -> Iterator[tuple[str, str]]:
    for row in below(item, "qtimetadatafield"):
        label, entry = child(row, "fieldlabel"), child(row, "fieldentry")
        if label is not None and entry is not None:
            yield (label.text or "").strip(), (entry.text or "").strip()


def _material(element: Element, place: str, read: ReadQuestions) -> str:
    """The words of an element's own material, wherever it flows, and not those of what is asked below it."""
    texts: list[str] = []
    for one in element:
        if local(one) == "mattext":
            texts.append(_text(one, place, read))
        elif local(one) in {"material", "flow", "flow_mat"}:
            texts.append(_material(one, place, read))
        elif local(one) in {"matimage", "mataudio", "matvideo", "matapplet", "matapplication"}:
            read.leave(place, f"Not taken along: {local(one)} ({one.get('uri', '')[:200]}).")
    return " ".join(text for text in texts if text)


def _text(one: Element, place: str, read: ReadQuestions) -> str:
    text = one.text or ""
    return said(text if one.get("texttype") == "text/html" else str(escape(text)), place, read)


def _take_parts(waiting: list[tuple[str, str, SharedQuestion]], name: str, read: ReadQuestions) -> None:
    """Take items that were one question of ours as that question again."""
    identity, kind, first = waiting[0]
    rows = []
    for _, _, one in waiting:
        right = next((part for part in one.parts if part.correct), Part(""))
        rows.append((right.text, Part(one.hint, right.reason, one.id, other=right.text if kind == "match" else "")))
    if kind == "order":
        rows.sort(key=lambda row: int(row[0]) if row[0].isdecimal() else 0)
    whole = replace(first, kind="order" if kind == "order" else "match", id=identity, hint="")
    read.take(f"{name}, {identity}", replace(whole, parts=tuple(part for _, part in rows)))


# ── Writing ──

_BETWEEN: Final = "<br/>"
"""Stands between the words of a question and the step or side that an item asks about."""


def write_assessment(questions: Iterable[SharedQuestion], identity: str, title: str) -> str:
    """An assessment of those questions, which may be answered as often as somebody likes."""
    fields = {"cc_profile": "cc.exam.v0p1", "qmd_assessmenttype": "Examination", "cc_maxattempts": "unlimited"}
    items = Markup("").join(item for one in questions for item in _items(one))
    head = Markup('<assessment ident="{}" title="{}">{}<section ident="{}.section">').format(
        identity, title, _fields(fields), identity
    )
    return f"{_HEAD}{head}{items}</section></assessment></questestinterop>\n"


def write_bank(questions: Iterable[SharedQuestion], identity: str) -> str:
    """A question bank of those questions; a cartridge has one at most."""
    items = Markup("").join(item for one in questions for item in _items(one))
    head = Markup('<objectbank ident="{}">').format(identity)
    return f"{_HEAD}{head}{items}</objectbank></questestinterop>\n"


def _items(one: SharedQuestion) -> Iterator[Markup]:
    if one.kind not in {"order", "match"}:
        yield _written(one, to_html(one.stem))
        return
    sides = [part.other or str(place) for place, part in enumerate(one.parts, 1)]
    for place, part in enumerate(one.parts):
        options = tuple(
            Part(side, part.reason if at == place else "", f"side-{at + 1}", correct=at == place)
            for at, side in enumerate(sides)
        )
        asked = replace(one, kind="one", id=f"{one.id}.{one.kind}.{part.id}", parts=options)
        yield _written(asked, f"{to_html(one.stem)}{_BETWEEN}{to_html(part.text)}")


def _written(one: SharedQuestion, stem: str) -> Markup:
    notes = ";".join(f"{key}={value}" for key, value in (("skill", one.skill), ("form_b_of", one.form_b_of)) if value)
    fields = {"cc_profile": _PROFILES[one.kind]} | ({"cc_question_category": notes} if notes else {})
    asked = _essay() if one.kind == "reflection" else _options(one)
    remarks = [(part.id, part.reason) for part in one.parts if part.reason]
    whole = one.hint if one.kind == "reflection" else one.reason
    feedback = [_feedback(f"{name}_fb", text) for name, text in remarks]
    feedback += [_feedback("general_fb", whole)] if whole else []
    item = Markup(
        '<item ident="{0}" title="{0}"><itemmetadata>{1}</itemmetadata><presentation>{2}{3}</presentation>{4}{5}</item>\n'
    )
    processing = _processing(one, [name for name, _ in remarks], bool(whole))
    return item.format(one.id, _fields(fields), _shown(stem), asked, processing, Markup("").join(feedback))


def _fields(fields: dict[str, str]) -> Markup:
    row = Markup("<qtimetadatafield><fieldlabel>{}</fieldlabel><fieldentry>{}</fieldentry></qtimetadatafield>")
    return Markup("<qtimetadata>{}</qtimetadata>").format(Markup("").join(row.format(*one) for one in fields.items()))


def _shown(html: str) -> Markup:
    """HTML as the text of an element."""
    return Markup('<material><mattext texttype="text/html">{}</mattext></material>').format(html)


def _essay() -> Markup:
    return Markup('<response_str ident="response" rcardinality="Single"><render_fib prompt="Box"/></response_str>')


def _options(one: SharedQuestion) -> Markup:
    row = Markup('<response_label ident="{}">{}</response_label>')
    rows = Markup("").join(row.format(part.id, _shown(to_html(part.text))) for part in one.parts)
    many = "Multiple" if one.kind == "many" else "Single"
    asked = Markup('<response_lid ident="response" rcardinality="{}"><render_choice>{}</render_choice></response_lid>')
    return asked.format(many, rows)


def _processing(one: SharedQuestion, told: list[str], has_whole: bool) -> Markup:
    """Response processing: the remarks to show, and the score for all that is right and nothing else."""
    if one.kind == "reflection":
        outcomes = Markup(
            '<outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>'
        )
        return Markup("<resprocessing>{}{}</resprocessing>").format(outcomes, _general() if has_whole else "")
    equal = Markup('<varequal respident="response">{}</varequal>')
    shows = Markup(
        '<respcondition continue="Yes"><conditionvar>{}</conditionvar>'
        '<displayfeedback feedbacktype="Response" linkrefid="{}_fb"/></respcondition>'
    )
    rows = [shows.format(equal.format(name), name) for name in told]
    each = [equal.format(p.id) if p.correct else Markup("<not>{}</not>").format(equal.format(p.id)) for p in one.parts]
    right = [equal.format(part.id) for part in one.parts if part.correct]
    wanted = Markup("<and>{}</and>").format(Markup("").join(each)) if one.kind == "many" else Markup("").join(right)
    score = Markup(
        '<respcondition continue="No"><conditionvar>{}</conditionvar>'
        '<setvar action="Set" varname="SCORE">100</setvar></respcondition>'
    ).format(wanted)
    return Markup(
        '<resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>{}{}{}'
        "</resprocessing>"
    ).format(_general() if has_whole else "", Markup("").join(rows), score)


def _general() -> Markup:
    return Markup(
        '<respcondition continue="Yes"><conditionvar><other/></conditionvar>'
        '<displayfeedback feedbacktype="Response" linkrefid="general_fb"/></respcondition>'
    )


def _feedback(name: str, text: str) -> Markup:
    return Markup('<itemfeedback ident="{}"><flow_mat>{}</flow_mat></itemfeedback>').format(name, _shown(to_html(text)))
