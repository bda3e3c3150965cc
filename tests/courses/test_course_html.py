"""The element builder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from coplearn.courses.html import classes, element, join
from coplearn.testing import tree

SAFE_TEXT = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]))


@given(value=SAFE_TEXT, inside=SAFE_TEXT)
def test_element_any_text_comes_back_as_text(value: str, inside: str) -> None:
    """No value and no child can leave its place."""
    node = tree(element("p", {"title": value}, inside)).all("p")[0]
    assert node.attributes["title"] == value
    assert "".join(part for part in node.inside if isinstance(part, str)) == inside


def test_element_markup_in_an_attribute_is_escaped_all_the_same() -> None:
    """Safe as content is not safe in quotes."""
    assert element("p", {"title": Markup('"><b>')}) == '<p title="&#34;&gt;&lt;b&gt;"></p>'


def test_element_keeps_markup_and_leaves_out_none() -> None:
    """Built children nest; an absent part leaves no trace."""
    built = element("p", {"hidden": True, "id": None, "disabled": False, "rows": 0}, element("b", None, "<"), None)
    assert built == '<p hidden rows="0"><b>&lt;</b></p>'


@pytest.mark.parametrize("name", ["onclick", "style", "a b", "x=y", 'x"', "", "A"])
def test_element_refuses_names_the_policy_forbids(name: str) -> None:
    """Neither code nor style can be written in a page."""
    with pytest.raises(ValueError, match="attribute"):
        element("p", {name: "x"})


@pytest.mark.parametrize("tag", ["", "p onclick", "P", "p>"])
def test_element_refuses_malformed_tags(tag: str) -> None:
    """A tag is a name."""
    with pytest.raises(ValueError, match="element name"):
        element(tag)


def test_element_void_holds_nothing() -> None:
    """An input has no end tag, and no children."""
    assert element("input", {"type": "text"}) == '<input type="text">'
    with pytest.raises(ValueError, match="holds nothing"):
        element("br", None, "x")


def test_join_and_classes_leave_out_what_is_absent() -> None:
    """Optional parts are given as None."""
    assert join(["<", None, Markup("<br>")]) == "&lt;<br>"
    assert classes("a", None, "b") == "a b"
    assert classes(None) is None
