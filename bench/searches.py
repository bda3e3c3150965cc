"""`python -m bench.searches`: finding by words in 50,000 blocks of six languages, on both kinds of database, beside LIKE.

The blocks are made of words of a frequency like that of a language, twelve to a page. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine, text

from coplearn.search.engines import open_store
from coplearn.search.ranking import Vocabulary, parsed, score
from coplearn.search.sources import FindableText, indexed
from coplearn.search.store import SearchStore
from tests.postgres import give_memory, server_url

FULL, QUICK = 50_000, 3_000
LANGUAGES: Final = ("en", "ar", "zh_Hans_CN", "fr", "ru", "es")
ENGINES: Final = ("SQLite", "PostgreSQL")
PER_PAGE: Final = 12
WORDS_IN_BLOCK: Final = 25
SEARCHES: Final = 120
_LETTERS: Final = {"ar": "ابتثجحدرسشصطعفقكلمنهوي", "ru": "абвгдежзиклмнопрстуфхц", "zh_Hans_CN": ""}
_HAN: Final = [chr(0x4E00 + number) for number in range(2_000)]
Figures = dict[str, float]


def lexicon(locale: str, pick: random.Random, count: int = 12_000) -> list[str]:
    """Made-up words of a language, the frequent ones first."""
    if locale.startswith("zh"):
        return ["".join(pick.choices(_HAN, k=2)) for _ in range(count)]
    letters = _LETTERS.get(locale, "abcdefghilmnoprstuvz")
    return list(dict.fromkeys("".join(pick.choices(letters, k=pick.randint(4, 10))) for _ in range(count)))


def blocks(words: Sequence[str], count: int, pick: random.Random, joint: str) -> list[str]:
    """So many texts; the nth word comes up about once in n."""
    weights = [1 / (rank + 3) for rank in range(len(words))]
    drawn = iter(pick.choices(words, weights=weights, k=count * WORDS_IN_BLOCK))
    return [joint.join(next(drawn) for _ in range(WORDS_IN_BLOCK)) for _ in range(count)]


def fill(store: SearchStore, locale: str, count: int, pick: random.Random) -> list[str]:
    """Index that many blocks in one language; gives its words."""
    words, joint = lexicon(locale, pick), "" if locale.startswith("zh") else " "
    texts = blocks(words, count, pick, joint)
    pages = [
        FindableText(f"page-{at}", texts[at][:60], tuple(texts[at : at + PER_PAGE])) for at in range(0, count, PER_PAGE)
    ]
    for start in range(0, len(pages), 500):
        part = [indexed(f"course-{start}", locale, one) for one in pages[start : start + 500]]
        store.replace(f"course-{start}", locale, (), part, "stamp")
    return words


def timed(work: Callable[[], object]) -> float:
    """Milliseconds by the clock."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def spent(work: Callable[[], object], served: Callable[[], float]) -> float:
    """Milliseconds of the processor, in this process and in the one that ``served`` it."""
    began = time.process_time() * 1_000 + served()
    work()
    return time.process_time() * 1_000 + served() - began


def served_by(engine: Engine) -> Callable[[], float]:
    """The milliseconds of the processor that the database's process for this engine has taken; none for a database in a file,
    and one that runs elsewhere."""
    if engine.dialect.name != "postgresql":
        return lambda: 0.0
    with engine.connect() as connection:
        place = Path(f"/proc/{connection.execute(text('SELECT pg_backend_pid()')).scalar_one()}/schedstat")
    return lambda: int(place.read_text().split()[0]) / 1_000_000 if place.exists() else 0.0


def search(store: SearchStore, typed: str, locale: str, vocabulary: Vocabulary) -> list[float]:
    """One search as the site makes it: what was typed is read, the best pages are found, and put in order."""
    wanted = parsed(typed, locale, vocabulary, mend=False)
    return sorted(score(hit, wanted) for hit in store.best(wanted.groups, wanted.weights))


def change(store: SearchStore, locale: str, page: FindableText) -> None:
    """One block of a page that is there becomes another: the page is read and indexed anew."""
    store.replace("course-0", locale, (), [indexed("course-0", locale, page)], "new")


def like(engine: Engine, schema: str, words: Sequence[str], locale: str) -> None:
    """The same without an index."""
    asked = " AND ".join(f"spelt LIKE :w{number}" for number in range(len(words)))
    values = {f"w{number}": f"%{word}%" for number, word in enumerate(words)}
    with engine.connect() as connection:
        statement = text(f"SELECT place FROM {schema}page WHERE locale = :locale AND {asked} LIMIT 40")
        connection.execute(statement, {**values, "locale": locale}).all()


def measure_store(engine: Engine, folder: Path, count: int) -> Figures:
    """Searches of one to three words in each language, a LIKE beside each, and one block that changes."""
    pick = random.Random(20_261_130)
    store = open_store(engine, folder)
    store.begin_anew()
    known, begun = {}, time.process_time()
    for locale in LANGUAGES:
        known[locale] = fill(store, locale, count, pick)
        print(f"{engine.dialect.name}, {locale}: {time.process_time() - begun:.0f} s of the processor", file=sys.stderr)
    ours, clock, theirs, changes = [], [], [], []
    served = served_by(engine)
    vocabularies = {locale: Vocabulary(store.words(locale)) for locale in LANGUAGES}
    own, schema = store._engine, "search." if store.schema else ""
    for number in range(SEARCHES):
        locale = LANGUAGES[number % len(LANGUAGES)]
        ranks = [min(int(pick.paretovariate(0.5)), len(known[locale]) - 1) for _ in range(1 + number % 3)]
        words = [known[locale][rank] for rank in ranks]
        work = partial(search, store, " ".join(words), locale, vocabularies[locale])
        ours.append(spent(work, served))
        clock.append(timed(work))
        if number % 4 == 0:
            theirs.append(spent(partial(like, own, schema, words, locale), served))
    for locale in LANGUAGES:
        joint = "" if locale.startswith("zh") else " "
        texts = blocks(known[locale], PER_PAGE, pick, joint)
        change(store, locale, FindableText("page-0", "One block", tuple(texts)))
        for place in range(4):
            texts[place] = blocks(known[locale], 1, pick, joint)[0]
            page = FindableText("page-0", "One block", tuple(texts))
            changes.append(spent(partial(change, store, locale, page), served))
    store.drop()
    return {
        "a search, median": statistics.median(ours),
        "a search, 95th of 100": statistics.quantiles(ours, n=20)[-1],
        "a search by the clock, median": statistics.median(clock),
        "a search by the clock, 95th of 100": statistics.quantiles(clock, n=20)[-1],
        "LIKE, median": statistics.median(theirs),
        "one block changes, median": statistics.median(changes),
        "one block changes, at most": max(changes),
    }


def measure(quick: bool, only: str = "") -> dict[str, Figures]:
    """The figures of both kinds of database, or of ``only`` one."""
    count, figures = QUICK if quick else FULL, {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ENGINES if not only else (only,):
            if name == "PostgreSQL":
                give_memory()
            address = server_url("postgres") if name == "PostgreSQL" else f"sqlite:///{folder}/site.sqlite3"
            engine = create_engine(address)
            try:
                figures[name] = measure_store(engine, Path(folder), count)
            finally:
                engine.dispose()
    return figures


def report(figures: dict[str, Figures]) -> str:
    """The table of the figures."""
    names = list(next(iter(figures.values())))
    lines = [f"| milliseconds of the processor | {' | '.join(figures)} |", "|---" * (1 + len(figures)) + "|"]
    lines += [f"| {name} | " + " | ".join(f"{one[name]:.1f}" for one in figures.values()) + " |" for name in names]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3,000 blocks")
    parser.add_argument("--only", choices=ENGINES, default="", help="one kind of database")
    print(report(measure(**vars(parser.parse_args()))))
