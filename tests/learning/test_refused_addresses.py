"""Addresses that no page of a course leads to are no page, and a reader that there is none of is not remembered."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.site import site_of
from tests.accounts.persona import post_with_token


@pytest.mark.parametrize("page", ["done", "paper"])
def test_module_that_the_course_has_not_is_no_page(shared_app: Flask, reader: FlaskClient, page: str) -> None:
    """Modules are counted from 1 to the last."""
    code = site_of(shared_app).library.current().courses["cop-parents"]
    last = len(code.modules)
    assert reader.get(f"/en/c/{code.code}/{page}/{last}").status_code in {200, 302}
    for number in (0, last + 1):
        assert reader.get(f"/en/c/{code.code}/{page}/{number}").status_code == 404


def test_check_of_an_item_that_is_not_there_is_no_page(shared_app: Flask, reader: FlaskClient) -> None:
    """No feedback is made up."""
    code = site_of(shared_app).library.current().courses["cop-parents"].code
    assert post_with_token(reader, f"/en/c/{code}/no-such-item/one", {"question": "q"}).status_code == 404


def test_reader_that_there_is_none_of_is_not_remembered(reader: FlaskClient) -> None:
    """The choice of before stays."""
    assert post_with_token(reader, "/en/audience", {"audience": "parents"}).status_code == 303
    kept = reader.get_cookie("audience")
    for audience in ("kings", ""):
        assert post_with_token(reader, "/en/audience", {"audience": audience}).status_code == 400
    assert reader.get_cookie("audience") == kept
