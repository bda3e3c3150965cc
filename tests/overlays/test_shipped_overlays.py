"""The overlays that come with the product stand on their course as it is, and lack nothing in their own languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.discovery import FoundCourse
from coplearn.courses.library import Library, load_found
from coplearn.courses.overlays.loading import OverlayPlaces, load_overlays
from coplearn.courses.overlays.reporting import BlockState, report
from coplearn.i18n.gate import Gate
from coplearn.i18n.glossary import Glossaries
from tests.courses.makecourse import HOME, LOCALES
from tests.once import copy_judged

SHIPPED = sorted(path.parent.name for path in HOME.glob("overlays/*/overlay.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_overlay_fits_and_is_whole(name: str, tmp_path: Path) -> None:
    """Nothing to decide, no error, every text in each of its languages, none of its own kept back by the checks."""
    loaded = load_found(FoundCourse(HOME / "courses" / "cop-parents"), frozenset(), LOCALES)
    course = loaded.course
    assert course is not None
    places = OverlayPlaces(chosen=(HOME / "overlays" / name,))
    found = load_overlays(places, {course.id: loaded}, LOCALES, (), {}, installed=False)
    overlay = found.overlays[name]
    told = [problem for problems in found.problems.values() for problem in problems]
    assert not [str(one) for one in told], "an operator would be told of a course to mend"
    # Of the course itself the checks have been asked: here it is about what the overlay changes of it.
    copy_judged(tmp_path)
    layers = CatalogLayers(Gate(Glossaries(HOME), tmp_path / "cache" / "gate"))
    plain = layers.of_course(course, LOCALES)
    merged = layers.with_adapted(Library({course.id: plain}, adapted=found.courses), None).adapted[course.id]
    shown = merged[overlay.country]
    assert not [line for line in report(overlay, course, shown).lines if line.state != BlockState.UNAFFECTED]
    ours = {one.context for one in shown.messages} - {one.context for one in course.messages}
    ours |= {edit.block for edit in overlay.edits}
    for code in overlay.languages:
        held = shown.catalogs[code].held or {}
        assert not ours & held.keys(), (code, {one: held[one] for one in ours & held.keys()})
    lacks = {one.code: [text.block for text in one.texts] for one in report(overlay, course, shown).languages}
    assert not {code: [one for one in lack if one in ours] for code, lack in lacks.items() if ours & set(lack)}
