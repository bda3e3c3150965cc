"""What forms share."""

from __future__ import annotations

from flask import Flask
from markupsafe import escape
from wtforms import StringField

from coplearn.web.forms import LazyText, PageForm


class Named(PageForm):
    """A form with one field."""

    own = StringField(LazyText("<b>Name & place</b>"))


def test_label_is_plain_text_in_the_page(shared_app: Flask) -> None:
    """A translation is hostile input: what looks like a tag in it is shown and not obeyed."""
    with shared_app.test_request_context("/en/"):
        shared_app.preprocess_request()
        form = Named(formdata=None)
        assert escape(form.own.label.text) == "&lt;b&gt;Name &amp; place&lt;/b&gt;"
        assert "<b>" not in str(form.own.label())


def test_label_is_said_in_the_language_of_each_page(shared_app: Flask) -> None:
    """The same field is called by another name in the next page's language."""
    name = LazyText("Country")
    said = []
    for code in ("en", "fr"):
        with shared_app.test_request_context(f"/{code}/"):
            shared_app.preprocess_request()
            said.append(str(name))
    assert said == ["Country", "Pays"]
