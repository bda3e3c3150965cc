"""A start after which nothing changed reads no course anew; one after a change, or with a foreign file, reads all."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from coplearn.courses.kept_reading import KeptReading
from coplearn.courses.live_library import LibraryReading, LiveLibrary
from coplearn.courses.preload import layers_of, start_preload
from coplearn.i18n.locales import Locales, read_locales
from coplearn.settings import Settings
from tests.courses.makecourse import Folder, make_course, make_home


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A course in a folder of courses."""
    return make_course(tmp_path / "courses")


@pytest.fixture
def site(folder: Folder, tmp_path: Path) -> Settings:
    """Settings of a site with that course, which has read it once."""
    home = make_home(tmp_path / "home")
    made = Settings(
        instance_path=tmp_path / "instance", home=home, course_path=(folder.path.parent,), secret_key="k" * 40
    )
    assert _read(made) is not None
    return made


def _read(site: Settings) -> LibraryReading | None:
    preload = start_preload(site)
    return preload.take() if preload is not None else None


def _locales(site: Settings) -> Locales:
    return Locales(list(read_locales(site.registry, site.own_translations)))


def _kept(site: Settings) -> LibraryReading | None:
    return KeptReading(site, _locales(site)).load()


def _is_current(site: Settings, reading: LibraryReading | None) -> bool:
    assert reading is not None
    library = LiveLibrary(site.course_folders, frozenset(), _locales(site), layers=layers_of(site))
    return library.is_current(reading)


def test_reading_is_kept_and_true_until_a_file_changes(site: Settings, folder: Folder) -> None:
    """What the next start finds is what this one read; a changed mark of a course is not missed."""
    first = _kept(site)
    assert _is_current(site, first)
    again = _read(site)
    assert first is not None and again is not None
    assert {key: one.messages for key, one in again.library.courses.items()} == {
        key: one.messages for key, one in first.library.courses.items()
    }
    folder.swap("course.yaml", "pass_mark: 70", "pass_mark: 85")
    assert not _is_current(site, _kept(site))
    assert _read(site) is not None
    assert _is_current(site, _kept(site))


def test_reading_of_another_site_or_registry_is_not_believed(site: Settings) -> None:
    """Neither one that is sealed with another key, nor one of other settings, nor one that somebody changed."""
    assert _kept(replace(site, secret_key="x" * 40)) is None
    assert _kept(replace(site, course_path=())) is None
    assert KeptReading(site, Locales(list(_locales(site))[:3])).load() is None
    path = site.instance_path / "cache" / "courses"
    path.write_bytes(path.read_bytes()[:32] + pickle.dumps("something else"))
    assert _kept(site) is None
