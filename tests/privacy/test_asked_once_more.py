"""What somebody wrote is looked at once more before it is kept, and nothing that they did not write is."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from coplearn.privacy.guards import LOOKS_AT
from coplearn.resources.hub.rules import Criterion
from coplearn.site import site_of
from tests.accounts.persona import Visitor, hidden_fields

PACKAGE = Path(__file__).resolve().parents[2] / "coplearn"
LOOKED_AT = {
    "cohorts/series/forms.py:agenda": "series.set_up",
    "cohorts/series/forms.py:notes": "series.write_notes",
    "cohorts/templates/cohorts/needs.html:words": "cohorts.write",
    "cohorts/templates/cohorts/outcome.html:note": "cohorts.decide",
    "cohorts/templates/cohorts/teach_back.html:note_internal": "cohorts.judge",
    "cohorts/templates/cohorts/teach_back.html:note_to_trainee": "cohorts.judge",
    "cohorts/whole/forms.py:about": "cohorts.open_new cohorts.change",
    "consultations/forms.py:question": "drafting.ask",
    "consultations/forms.py:reason": "consulting.answer",
    "consultations/forms.py:said": "consulting.hear",
    "consultations/forms.py:summary": "consulting.summarise",
    "consultations/forms.py:text": "statements.say_openly statements.say_for_organisation",
    "declarations/forms.py:body": "declarations.save_draft",
    "declarations/forms.py:recommendations": "declarations.save_draft",
    "declarations/forms.py:words": "recommendations.tell_standing",
    "programme/forms/activities.py:words": "programme.write programme.change programme.write_quickly",
    "programme/forms/records.py:words": "programme.write_record programme.write_status",
    "resources/experts/forms.py:reason": "experts.nominate",
    "resources/experts/templates/experts/answer.html:interests": "experts.send_answer",
    "resources/hub/forms.py:about": "resources.contribute resources.add_version",
    "resources/hub/forms.py:evidence": "resources.contribute resources.add_version",
    "resources/hub/forms.py:remark": "resources.send_appraisal",
    "resources/hub/templates/resources/appraise.html:why-{{ name }}": "resources.send_appraisal",
    "resources/hub/templates/resources/one.html:note": "resources.take_down resources.put_back",
    "translating/templates/translating/message.html:text": "translating.comment",
}
"""The boxes to write in, by file and name, and the views that look twice at what comes from them."""
NOT_LOOKED_AT = {
    "names and addresses are what it asks for": (
        "administration/people/forms.py:people cohorts/meetings/forms.py:vetted_adults consultations/forms.py:lines"
    ),
    "names of countries": "programme/forms/activities.py:countries",
    "texts of courses and statements, that several read before anybody else does": (
        "consultations/forms.py:body consultations/templates/drafting/translate.html:t-{{-block.name-}}"
        " overlays/templates/overlays/one.html:text translating/templates/translating/message.html:{{-box.name-}}"
    ),
    "the page that asks, and the page for designers": (
        "privacy/templates/privacy/look.html:{{-name-}} web/templates/style.html:"
    ),
}


def test_every_box_to_write_in_is_looked_at_or_says_why_not(shared_app: Flask) -> None:
    """Whoever adds one decides whether words about somebody may come from it; the reflections of courses are looked at whole."""
    boxes = set()
    for path in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")):
        pattern = r"^ {4}(\w+) = TextAreaField\(" if path.suffix == ".py" else r'<textarea\b(?:[^>]*? name="([^"]*)")?'
        for found in re.finditer(pattern, path.read_text(encoding="utf-8"), re.MULTILINE):
            boxes.add(f"{path.relative_to(PACKAGE).as_posix()}:{found[1] or ''}")
    reasons = {
        name.replace("{{-", "{{ ").replace("-}}", " }}") for names in NOT_LOOKED_AT.values() for name in names.split()
    }
    assert boxes == LOOKED_AT.keys() | reasons
    assert not LOOKED_AT.keys() & reasons
    for box, views in LOOKED_AT.items():
        name = box.rpartition(":")[2].replace("{{ name }}", next(iter(Criterion)))
        for view in views.split():
            assert name in vars(shared_app.view_functions[view]).get(LOOKS_AT, ()), (box, view)
    assert vars(shared_app.view_functions["learning.answer"])[LOOKS_AT] == ()


def test_only_what_was_written_is_asked_about_and_once(app: Flask) -> None:
    """A text with a telephone number is shown again and kept at the second press; a page's own numbers are no telephone."""
    course = site_of(app).library.current().courses["cop-parents"]
    path = f"/en/c/{course.code}/{next(iter(course.items.values())).code}"
    client = Visitor(app).client
    form = hidden_fields(client.get(path).text) | {"seed": "0901965485"}
    asked = client.post(path, data=form | {"note": "Call her on 0301 2345678"})
    assert asked.status_code == 422
    assert "Call her on 0301 2345678" in asked.text
    assert client.post(path, data=form | {"note": "Call her on 0301 2345678", "looked": "yes"}).status_code == 303
    fresh = hidden_fields(client.get(path).text) | {"seed": "0901965485"}
    assert client.post(path, data=fresh).status_code == 303
