"""Courses that were read by a process beside are the same courses, and a change made meanwhile is not missed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from coplearn.courses.library import load_library
from coplearn.courses.live_library import LiveLibrary
from coplearn.courses.preload import Preload, start_preload
from coplearn.settings import Settings
from tests.courses.makecourse import LOCALES, Folder, make_course, make_home


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A course in a folder of courses."""
    return make_course(tmp_path / "courses")


def _site(folder: Folder) -> Settings:
    """Settings of a site with that course."""
    there = folder.path.parent.parent
    home = there / "home"
    return Settings(
        instance_path=there,
        home=home if home.exists() else make_home(home),
        course_path=(folder.path.parent,),
        secret_key="k" * 40,
    )


def _begun(site: Settings) -> Preload:
    preload = start_preload(site)
    assert preload is not None
    return preload


def _live_library(site: Settings, preload: Preload) -> LiveLibrary:
    return LiveLibrary(site.course_folders, frozenset(), LOCALES, preload=preload.take)


def test_what_was_read_beside_is_what_is_read_here(folder: Folder) -> None:
    """Every word, question and drawing of every course is the same."""
    site = _site(folder)
    preload = _begun(site)
    found = _live_library(site, preload).current()
    here = load_library(site.course_folders, frozenset(), LOCALES)
    assert preload.came
    assert {key: course.digest for key, course in found.courses.items()} == {
        key: course.digest for key, course in here.courses.items()
    }
    for key, course in here.courses.items():
        assert found.courses[key].messages == course.messages
        assert {code: one.entries for code, one in found.courses[key].catalogs.items()} == {
            code: one.entries for code, one in course.catalogs.items()
        }
        assert found.courses[key].items == course.items
    assert found.problems == here.problems


def test_interface_is_judged_beside_for_every_language(folder: Folder) -> None:
    """What judging takes of memory is gone with the process; the workers find the verdicts and the compiled catalogs."""
    site = _site(folder)
    ours = site.home / "translations" / "ar" / "LC_MESSAGES" / "messages.po"
    ours.parent.mkdir()
    header = 'msgid ""\nmsgstr ""\n"Language: ar\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    ours.write_text(f'{header}msgid "Save"\nmsgstr "احفظ"\n', encoding="utf-8")
    assert _begun(site).take() is not None
    assert ours.with_suffix(".mo").exists()
    assert (site.instance_path / "cache" / "gate" / "interface.ar.json").exists()


def test_a_course_changed_since_is_read_again(folder: Folder) -> None:
    """The author saved between the reading and the first visitor."""
    site = _site(folder)
    reading = _begun(site).take()
    assert reading is not None
    live_library = LiveLibrary(site.course_folders, frozenset(), LOCALES, preload=lambda: reading)
    folder.swap("course.yaml", "pass_mark: 70", "pass_mark: 85")
    (course,) = [one for one in live_library.current().courses.values() if one.folder == folder.path]
    assert course.pass_mark == 85


def test_a_reading_that_does_not_come_costs_nothing_but_time(folder: Folder) -> None:
    """The process was killed, for want of memory perhaps: the courses are read here."""
    site = _site(folder)
    child, pipe = os.fork(), os.pipe()
    if not child:
        os._exit(1)
    os.write(pipe[1], b"half of it")
    os.close(pipe[1])
    preload = Preload(child, pipe[0])
    found = _live_library(site, preload).current()
    assert not preload.came
    assert list(found.courses) == [folder.path.name]


def test_a_wrong_registry_of_languages_is_told_where_it_always_is(folder: Folder, tmp_path: Path) -> None:
    """The process beside says nothing and ends; the site's own start tells the operator."""
    preload = _begun(replace(_site(folder), home=tmp_path))
    assert preload.take() is None
