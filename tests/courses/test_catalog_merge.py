"""Merging a course's catalog: no translator's text is ever lost, guessed or moved to another message."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.i18n import po
from tests.courses.makecourse import LOCALES
from tests.sizes import examples

FRENCH = LOCALES.get("fr")
CONTEXTS = ["p#a", "p#b", "p#c", "q#a"]
WORDS = st.sampled_from(["Yes", "No", "Never open it.", "Always open it.", "Yes!", 'A "b" \\ c\n\nd', "\u202f«\u00a0x"])
STEP = st.dictionaries(st.sampled_from(CONTEXTS), WORDS)


def merged(old: polib.POFile | None, texts: dict[str, str]) -> polib.POFile:
    """One round of ``coplearn i18n update``, through the file as translators get it."""
    templates = [po.Template(context, text) for context, text in texts.items()]
    file = po.merge(old, templates, FRENCH, "c", by_context=True)
    read = po.parse_po(str(file).encode(), FRENCH, by_context=True)
    assert not read.faults
    assert read.file is not None
    return read.file


def translated(file: polib.POFile) -> polib.POFile:
    """A translator does every message that waits."""
    for entry in file:
        if not entry.obsolete and not entry.msgstr:
            entry.msgstr = f"[{entry.msgctxt}] {entry.msgid}"
    return file


def live(file: polib.POFile, context: str) -> polib.POEntry:
    """The living message of that context."""
    return next(entry for entry in file if entry.msgctxt == context and not entry.obsolete)


def test_merge_edited_text_keeps_its_translation_and_what_it_translates() -> None:
    """Two edits in a row still show the words that were really translated."""
    file = translated(merged(None, {"p#a": "One", "p#b": "Two"}))
    for text in ("One!", "One more"):
        file = merged(file, {"p#a": text, "p#b": "Two"})
    entry = live(file, "p#a")
    assert (entry.msgid, entry.msgstr, entry.previous_msgid, entry.fuzzy) == ("One more", "[p#a] One", "One", True)
    assert not live(file, "p#b").fuzzy
    back = live(merged(file, {"p#a": "One"}), "p#a")
    assert (back.fuzzy, back.previous_msgid) == (False, None)


def test_merge_same_words_elsewhere_fill_nothing_in() -> None:
    """ "Yes" to one question is not "Yes" to another."""
    file = merged(translated(merged(None, {"p#a": "Yes"})), {"p#a": "Yes", "p#b": "Yes"})
    assert live(file, "p#b").msgstr == ""


def test_merge_vanished_message_is_kept_and_revived() -> None:
    """A block that is taken out and brought back has its translation, and tells when its words changed meanwhile."""
    file = translated(merged(None, {"p#a": "One", "p#b": "Two"}))
    gone = merged(merged(file, {"p#b": "Two"}), {"p#b": "Two"})
    assert [entry.msgctxt for entry in gone.obsolete_entries()] == ["p#a"]
    assert live(merged(gone, {"p#a": "One"}), "p#a").msgstr == "[p#a] One"
    changed = live(merged(gone, {"p#a": "Other"}), "p#a")
    assert (changed.msgstr, changed.fuzzy, changed.previous_msgid) == ("[p#a] One", True, "One")


def test_merge_edited_then_vanished_remembers_the_translated_words() -> None:
    """The previous words survive a time as obsolete, which the file format cannot say by itself."""
    file = translated(merged(None, {"p#a": "One"}))
    for texts in ({"p#a": "Two"}, {}, {"p#a": "Two"}):
        file = merged(file, texts)
    entry = live(file, "p#a")
    assert (entry.previous_msgid, entry.msgstr, entry.fuzzy) == ("One", "[p#a] One", True)


def test_merge_keeps_a_translators_own_doubt_and_comment() -> None:
    """A message marked by hand as needing work stays so while its words are the same."""
    file = translated(merged(None, {"p#a": "One"}))
    live(file, "p#a").flags.append("fuzzy")
    live(file, "p#a").tcomment = "Is this the right word?"
    entry = live(merged(file, {"p#a": "One"}), "p#a")
    assert (entry.fuzzy, entry.previous_msgid, entry.tcomment) == (True, None, "Is this the right word?")


@examples(37, 150)
@given(st.lists(st.tuples(STEP, st.booleans()), min_size=1, max_size=6))
def test_merge_any_order_of_edits_loses_and_moves_nothing(steps: Sequence[tuple[dict[str, str], bool]]) -> None:
    """Whatever is edited, taken out or brought back: a translation stays with its context, marked when stale."""
    file: polib.POFile | None = None
    done: dict[str, str] = {}
    for texts, work in steps:
        file = merged(file, texts)
        if work:
            file = translated(file)
        held = {entry.msgctxt: entry.msgstr for entry in file if entry.msgstr}
        assert done.items() <= held.items()
        done = held
        assert [entry.msgctxt for entry in file if not entry.obsolete] == list(texts)
        for entry in file:
            if not entry.msgstr:
                continue
            real = entry.msgstr.removeprefix(f"[{entry.msgctxt}] ")
            assert po.based_on(entry) == real
            if not entry.obsolete:
                assert entry.msgid == texts[entry.msgctxt or ""]
                assert entry.fuzzy == (real != entry.msgid)
        assert str(merged(file, texts)) == str(file)


def test_merge_interface_by_text_never_guesses() -> None:
    """An edited interface sentence waits for a translator; the old one is kept."""
    old = po.merge(None, [po.Template(None, "Sign in")], FRENCH, "c", by_context=False)
    old[0].msgstr = "Se connecter"
    file = po.merge(old, [po.Template(None, "Sign in now")], FRENCH, "c", by_context=False)
    assert [(entry.msgid, entry.msgstr, bool(entry.obsolete)) for entry in file] == [
        ("Sign in now", "", False),
        ("Sign in", "Se connecter", True),
    ]


def test_merge_plural_forms_come_from_the_registry() -> None:
    """Arabic has six forms in the order of our registry, whatever a tool says."""
    arabic = LOCALES.get("ar")
    file = po.merge(None, [po.Template(None, "%(num)s course", "%(num)s courses")], arabic, "c", by_context=False)
    assert list(file[0].msgstr_plural) == [0, 1, 2, 3, 4, 5]
    assert file.metadata["Plural-Forms"] == arabic.plural
    assert not [name for name in file.metadata if "Date" in name]


def test_write_is_one_step_and_spares_unchanged_files(tmp_path: Path) -> None:
    """Nothing is written when nothing changed, and no half-written file is left beside it."""
    path = tmp_path / "fr.po"
    file = merged(None, {"p#a": "Word " * 80})
    assert po.write_po(file, path)
    before = path.stat().st_mtime_ns
    assert not po.write_po(file, path)
    assert path.stat().st_mtime_ns == before
    assert [found.name for found in tmp_path.iterdir()] == ["fr.po"]
    assert max(map(len, path.read_text(encoding="utf-8").split("\n"))) > 400


@pytest.mark.parametrize(
    "raw",
    [
        b'msgid "a\nmsgstr "b"\n',
        b'msgid "a" oops\nmsgstr "b"\n',
        b'msgid "a\\"\nmsgstr "b"\n',
        b"msgid a\nmsgstr b\n",
        b'msgstr "b"\nmsgstr "c"\n',
        b"/etc/passwd",
        b"hello: world\n",
    ],
)
def test_read_broken_catalog_is_told_with_its_line(raw: bytes) -> None:
    """A strict reader: what polib would forgive and lose is refused."""
    read = po.parse_po(raw)
    assert read.file is None
    assert {fault.code for fault in read.faults} == {"po-syntax"}


@examples(50, 200)
@given(st.binary(max_size=200) | st.text(alphabet='msgidctxtr"# ~|,\\\n[0]a', max_size=120).map(str.encode))
def test_read_never_raises(raw: bytes) -> None:
    """Whatever is uploaded under the name of a catalog."""
    read = po.parse_po(raw, FRENCH)
    assert read.file is not None or read.faults


def po_of(msgstr: str) -> po.ReadCatalog:
    """A catalog of one message, its text as it stands in the file."""
    return po.parse_po(
        f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr "{msgstr}"\n'.encode()
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\320\224\320\260", "Да"),
        (r"\xd0\x94z", "Дz"),
        (r"\342\200\256", "\u202e"),
        (r"a\\320 \t\n\"", 'a\\320 \t\n"'),
        (r"\42b\134n\12c", '"b\\n\nc'),
        (r"Д\320\260", "Да"),
        (r"\a", "\a"),
    ],
)
def test_escapes_are_read_as_gettext_reads_them(written: str, meant: str) -> None:
    """What msgcat --escape writes is letters, not backslashes and digits for learners to read."""
    read = po_of(written)
    assert not read.faults and read.file is not None
    assert read.file[0].msgstr == meant


@pytest.mark.parametrize(
    ("written", "code"), [(r"\q", "po-escape"), (r"\x414", "po-escape"), (r"\320", "po-encoding"), (r"a\0", "po-nul")]
)
def test_escapes_that_mean_nothing_are_told_with_their_line(written: str, code: str) -> None:
    """Nothing is guessed from half a letter."""
    read = po_of(written)
    assert read.file is None
    assert [(fault.code, fault.line) for fault in read.faults] == [(code, 5)]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20))
def test_escaped_bytes_of_any_text_are_that_text(text: str) -> None:
    """Every text survives being escaped byte by byte."""
    read = po_of("".join(f"\\{byte:03o}" for byte in text.encode()))
    assert read.file is not None
    assert read.file[0].msgstr == text


def of_interface(old: polib.POFile | None, *templates: po.Template) -> polib.POFile:
    """One round of ``coplearn i18n update`` of the interface, through the file."""
    read = po.parse_po(str(po.merge(old, templates, FRENCH, "c", by_context=False)).encode(), FRENCH)
    assert not read.faults and read.file is not None
    return read.file


def sentence(text: str, path: str = "a.html", plural: str = "") -> po.Template:
    """A sentence of one file."""
    return po.Template(None, text, plural, paths=(path,))


def test_reworded_sentence_keeps_its_translation_as_old() -> None:
    """Six languages are not lost with a word; the text waits, with what it was made from, and comes back with it."""
    file = translated(of_interface(None, sentence("Who did what lately"), sentence("Sign in")))
    file = of_interface(file, sentence("Who did what recently"), sentence("Sign in"))
    assert [(one.msgid, one.msgstr, one.previous_msgid) for one in file if one.fuzzy] == [
        ("Who did what recently", "[None] Who did what lately", "Who did what lately")
    ]
    assert not [one for one in file if one.obsolete]
    assert str(of_interface(file, sentence("Who did what recently"), sentence("Sign in"))) == str(file)
    back = of_interface(file, sentence("Who did what lately"), sentence("Sign in"))
    assert not [one for one in back if one.fuzzy or one.obsolete]


@pytest.mark.parametrize(
    "new",
    [
        [sentence("Who did what recently", "b.html")],
        [sentence("Something else entirely")],
        [sentence("Who did what late"), sentence("Who did what later")],
        [sentence("Who did what recently", plural="Who did %(num)s things recently")],
    ],
    ids=["another file", "not near", "two that could be meant", "counted now"],
)
def test_doubtful_rewording_is_not_guessed(new: list[po.Template]) -> None:
    """The old text is kept aside, and nothing is filled in."""
    file = of_interface(translated(of_interface(None, sentence("Who did what lately"))), *new)
    assert [one.msgid for one in file if one.obsolete] == ["Who did what lately"]
    assert not any(one.msgstr for one in file if not one.obsolete)


TEXTS = ["Keep it", "Keep them", "Keep this", "Take it away", "Take this away", "Sign in here"]


@given(st.lists(st.sets(st.sampled_from(TEXTS)), min_size=1, max_size=5))
@examples(15, 60)
def test_merge_by_text_loses_nothing_and_shows_nothing_old(rounds: list[set[str]]) -> None:
    """Whatever comes and goes: each text that was ever written is in the file, and one that is shown translates its message."""
    file: polib.POFile | None = None
    written: set[str] = set()
    for texts in rounds:
        file = of_interface(file, *map(sentence, sorted(texts)))
        assert written <= {one.msgstr for one in file}
        for one in file:
            if one.msgstr and not one.fuzzy:
                assert one.msgstr.endswith(f" {one.msgid}")
        written |= {one.msgstr for one in translated(file) if one.msgstr}


def test_plural_alone_changed_marks_the_text_and_is_remembered() -> None:
    """A form that counts something else is not current, and what it was made from stands beside it."""
    old = po.Template("p#a", "One day", "%(num)s days")
    file = po.merge(None, [old], FRENCH, "c", by_context=True)
    file[0].msgstr_plural = {0: "Un jour", 1: "%(num)s jours"}
    for _ in range(2):
        file = po.merge(file, [po.Template("p#a", "One day", "%(num)s full days")], FRENCH, "c", by_context=True)
        read = po.parse_po(str(file).encode(), FRENCH, by_context=True)
        assert read.file is not None
        file = read.file
        assert (file[0].fuzzy, file[0].previous_msgid, file[0].previous_msgid_plural) == (
            True,
            "One day",
            "%(num)s days",
        )
    back = po.merge(file, [old], FRENCH, "c", by_context=True)[0]
    assert (back.fuzzy, back.msgstr_plural) == (False, {0: "Un jour", 1: "%(num)s jours"})


def test_words_at_the_head_of_a_catalog_stay() -> None:
    """Who drafted it and who has read it is said there, and no update takes it away."""
    old = of_interface(None, sentence("Sign in"))
    old.header = "Drafted by machine.\nNo native speaker has read it yet."
    assert of_interface(of_interface(old, sentence("Sign in"), sentence("Sign up"))).header == old.header
