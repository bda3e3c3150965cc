"""What it takes to look a sentence up: our templates' function beside stock flask-babel's, in turns in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polib
from flask import Flask
from flask_babel import Babel, gettext

from coplearn.i18n.locales import Locale


def write_catalog(folder: Path, locale: Locale, count: int) -> list[str]:
    """Compile a catalog of so many sentences, each with one named value; gives their msgids."""
    file = polib.POFile()
    file.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": locale.plural}
    for number in range(count):
        plain = number % 2
        file.append(
            polib.POEntry(
                msgid=f"Sentence {number} for a parent" + ("" if plain else ", by %(name)s"),
                msgstr=f"Предложение {number} для родителя" + ("" if plain else ", %(name)s"),
            )
        )
    target = folder / locale.code / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    (target / "messages.po").unlink(missing_ok=True)
    file.save_as_mofile(str(target / "messages.mo"))
    return [entry.msgid for entry in file]


def look_ups(app: Flask, folder: Path, locale: Locale, msgids: Sequence[str], rounds: int) -> dict[str, float]:
    """Nanoseconds of one look-up, ours and theirs, and the median ratio of neighbouring rounds; plain and with a value.

    Both have the same catalog of ``folder``, which is the site's own.
    """
    ours: Any = app.jinja_env.globals["gettext"]
    stock = Flask("stock")
    Babel(stock, default_locale=locale.code, default_translation_directories=str(folder))
    plain = [msgid for msgid in msgids if "%(" not in msgid]
    named = [msgid for msgid in msgids if "%(" in msgid]
    with app.test_request_context(f"/{locale.url}/"):
        app.preprocess_request()
        with stock.test_request_context("/"):
            assert gettext(plain[0]) != plain[0], "flask-babel does not find the catalog"
        assert str(ours(plain[0])) != plain[0], "the site does not find the catalog"
    kept: dict[str, float] = {}
    kinds: list[tuple[str, list[str], dict[str, str]]] = [
        ("plain", plain, {}),
        ("with a value", named, {"name": "Ani"}),
    ]
    for name, texts, values in kinds:
        pairs = []
        for _ in range(rounds):
            with app.test_request_context(f"/{locale.url}/"):
                app.preprocess_request()
                mine = _timed(ours, texts, values)
            with stock.test_request_context("/"):
                theirs = _timed(gettext, texts, values)
            pairs.append((mine, theirs))
        kept[f"{name}, ours ns"] = statistics.median(mine for mine, _ in pairs)
        kept[f"{name}, flask-babel ns"] = statistics.median(theirs for _, theirs in pairs)
        kept[f"{name}, times"] = statistics.median(mine / theirs for mine, theirs in pairs)
    return kept


def _timed(look_up: Callable[..., object], texts: Sequence[str], values: dict[str, str]) -> float:
    look_up(texts[0], **values)  # what a request does once is no look-up's
    began = time.perf_counter_ns()
    for text in texts:
        look_up(text, **values)
    return (time.perf_counter_ns() - began) / len(texts)
