"""People get a number that works or an honest way round, and a slip in the file never reaches them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.helplines.directory import IMMEDIATE_DANGER, Directory, HelplineError
from coplearn.helplines.entries import Line

TODAY = date(2026, 11, 24)
FALLBACK = """
[[fallback]]
name = "Child Helpline International"
name_language = "en"
url = "https://childhelplineinternational.org/helplines/"
purpose = "helpline"
"""
GOOD = {
    "country": '"NP"',
    "kind": '"helpline"',
    "name": '"Child Helpline 1098"',
    "name_language": '"en"',
    "phone": '"1098"',
    "tel": '"1098"',
    "source": '"cwin.org.np"',
    "mark": '"H"',
    "status": '"confirmed"',
    "read": "2026-11-15",
    "next_check": "2027-05-15",
}
HEADING = "own.toml: line 1 (NP, Child Helpline 1098): "


def entry(**changes: str | None) -> str:
    """A good entry with some keys changed, added or (None) taken away."""
    keys = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return "[[line]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items()) + "\n"


def loaded(tmp_path: Path, *entries: str) -> Directory:
    path = tmp_path / "own.toml"
    path.write_text(FALLBACK + "\n".join(entries), encoding="utf-8")
    return Directory.load(path)


def faults(tmp_path: Path, *entries: str) -> list[str]:
    with pytest.raises(HelplineError) as caught:
        loaded(tmp_path, *entries)
    return caught.value.problems


def numbers(lines: tuple[Line, ...]) -> set[str | None]:
    return {line.tel or line.url for line in lines}


@pytest.fixture(scope="module")
def ours() -> Directory:
    """The directory the product brings."""
    return Directory.load()


def test_directory_ours_shows_the_confirmed_lines(ours: Directory) -> None:
    """People in these countries find what the owners' own pages say."""
    egypt, france, spain = (ours.help_for(code, TODAY) for code in ("EG", "FR", "ES"))
    assert numbers(egypt.lines) == {"16000"} and numbers(egypt.reports) == {"16000"}
    assert numbers(france.lines) == {"3018", "119"} and france.reports == ()
    assert spain.lines[0].whatsapp_uri == "https://wa.me/34900116117"
    assert numbers(ours.help_for("CR", TODAY).emergencies) == {"911"}
    assert numbers(ours.help_for("KH", TODAY).reports) == {"+85592311511", "1288"}


def test_directory_ours_names_sources_without_english_words(ours: Directory) -> None:
    """The source is shown as it stands on the pages of every language, so it is names alone."""
    for country in ours.countries():
        found = ours.help_for(country, TODAY)
        for line in (*found.lines, *found.reports, *found.emergencies):
            assert not {"and", "through", "page", "pages", "of", "the"} & set(line.source.split()), line.source


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("AM", None),
        ("BS", None),
        ("BT", None),
        ("CN", None),
        ("FM", None),
        ("LB", None),
        ("RU", None),
        ("CH", "147"),
        ("ES", "116111"),
        ("KH", "1280"),
        ("MA", "2511"),
        ("PK", "1099"),
        ("TH", "1300"),
        ("US", "988"),
    ],
)
def test_directory_ours_keeps_back_the_unconfirmed(ours: Directory, country: str, number: str | None) -> None:
    """A number nobody confirmed is on no page, and a country with nothing else is not offered."""
    found = ours.help_for(country, TODAY)
    shown = numbers(found.lines) | numbers(found.reports) | numbers(found.emergencies)
    if number is None:
        assert not shown and found.country is None and country not in ours.countries()
    else:
        assert number not in shown and country in ours.countries()
    assert found.fallbacks


@pytest.mark.parametrize("country", [None, "", "  ", "ZZ", "KE", "<script>"])
def test_help_country_unknown_gives_the_international_directories(ours: Directory, country: str | None) -> None:
    """Nobody meets an empty page."""
    found = ours.help_for(country, TODAY)
    assert (found.country, found.lines, found.reports, found.emergencies) == (None, (), (), ())
    assert [fallback.url for fallback in found.fallbacks] == [
        "https://childhelplineinternational.org/helplines/",
        "https://www.inhope.org/",
    ]
    assert len({fallback.words.text for fallback in found.fallbacks}) == 2
    assert found.danger == IMMEDIATE_DANGER


def test_help_country_in_small_letters_is_understood(ours: Directory) -> None:
    """An address with `fr` works like `FR`."""
    assert ours.help_for(" fr ", TODAY) == ours.help_for("FR", TODAY)


@given(days=st.integers(min_value=-30, max_value=1000))
def test_help_line_past_its_check_disappears(days: int) -> None:
    """A line lives to the day of its next check, that day included, and not one day more."""
    ours = Directory.load()
    for country in ours.countries():
        today = TODAY + timedelta(days=days)
        found = ours.help_for(country, today)
        for line in (*found.lines, *found.reports, *found.emergencies):
            assert line.next_check >= today and line.status == "confirmed"
        assert found.fallbacks


def test_help_line_on_the_day_of_its_check_is_still_there(tmp_path: Path) -> None:
    """The last good day is good; the next is not, and the country is no longer offered."""
    directory = loaded(tmp_path, entry())
    assert numbers(directory.help_for("NP", date(2027, 5, 15)).lines) == {"1098"}
    late = directory.help_for("NP", date(2027, 5, 16))
    assert late.lines == () and late.country is None and late.fallbacks
    assert directory.countries(date(2027, 5, 15)) == ("NP",)
    assert directory.countries(date(2027, 5, 16)) == ()


def test_due_lists_what_expires_within_a_month_most_urgent_first(tmp_path: Path) -> None:
    """An operator sees the work before the line disappears, and still sees it afterwards."""
    sooner = entry(country='"FR"', next_check="2027-02-15")
    waiting = entry(country='"CH"', status='"unconfirmed"', why='"not read"', next_check="2027-01-01")
    directory = loaded(tmp_path, entry(), sooner, waiting)
    assert directory.due(date(2027, 1, 15)) == ()
    assert [line.country for line in directory.due(date(2027, 1, 16))] == ["FR"]
    assert [line.country for line in directory.due(date(2027, 6, 1))] == ["FR", "NP"]
    assert [line.country for line in directory.unconfirmed()] == ["CH"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phnoe": '"1"'}, "phnoe: is not a known key. Did you mean “phone”?"),
        ({"colour": '"red"'}, "colour: is not a known key. Remove it."),
        ({"mark": None}, "mark: is missing."),
        ({"mark": '"L"'}, "mark: Input should be 'H', 'H/M' or 'M'"),
        ({"tel": '"1089"'}, "phone “1098” and tel “1089” are different numbers. Correct one."),
        ({"tel": None}, "phone and tel go together. Give both or neither."),
        ({"phone": None, "tel": None}, "there is no way to reach it. Give phone, whatsapp or url."),
        ({"url": '"javascript:alert(1)"'}, "is not a web address. Write it whole, beginning with https://."),
        ({"next_check": "2027-05-16"}, "next_check 2027-05-16 must be after 2026-11-15 and no later than 2027-05-15."),
        ({"next_check": "2026-11-15"}, "next_check 2026-11-15 must be after 2026-11-15 and no later than 2027-05-15."),
        ({"status": '"unconfirmed"'}, "an unconfirmed line says why. Give why."),
        ({"why": '"x"'}, "why belongs to an unconfirmed line. Remove it, or set status to unconfirmed."),
        ({"name_language": None}, "name and name_language go together. Give both or neither."),
        ({"kind": '"report"', "takes_reports": "true"}, "takes_reports is for a helpline that takes reports too."),
        ({"hours": '"always"'}, 'hours: Write "all-day", or { opens = 09:00:00, closes = 23:00:00 }.'),
        ({"hours": '{ opens = "nine" }'}, 'hours: Write "all-day", or { opens = 09:00:00, closes = 23:00:00 }.'),
        ({"hours": "{ opens = 09:00:00, closes = 09:00:00 }"}, "“opens” and “closes” are the same."),
    ],
)
def test_load_faulty_line_is_refused_by_name(tmp_path: Path, changes: dict[str, str | None], message: str) -> None:
    """Whoever edits the file reads which entry is wrong and how to mend it."""
    found = faults(tmp_path, entry(**changes))
    assert any(message in problem and problem.startswith("own.toml: line 1 (NP, ") for problem in found)


def test_load_wrong_country_is_refused_by_name(tmp_path: Path) -> None:
    """`UK` is what people write; the code is `GB`."""
    (problem,) = faults(tmp_path, entry(country='"UK"'))
    assert problem.endswith("country: “UK” is not an ISO 3166-1 country code. Write two capitals, such as KE.")


def test_load_several_faults_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends one fault only to meet the next."""
    assert len(faults(tmp_path, entry(mark=None, kind='"chat"'), entry(country='"XX"'))) == 3


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({}, False),
        ({"source_year": "2022"}, False),
        ({"source_year": "2023"}, True),
        ({"own_source": "true"}, True),
        ({"called": "2026-11-20"}, True),
    ],
)
def test_load_second_hand_line_needs_more_than_an_old_page(
    tmp_path: Path, changes: dict[str, str | None], accepted: bool
) -> None:
    """A weak mark is confirmed by a call, the owner's page or a recent one, and by nothing else."""
    text = entry(mark='"M"', **changes)
    if accepted:
        assert loaded(tmp_path, text).countries() == ("NP",)
    else:
        (problem,) = faults(tmp_path, text)
        assert problem.startswith(HEADING + "mark M is confirmed only by a call (called)")


@pytest.mark.parametrize(
    ("phone", "tel", "same"),
    [
        ("116 111", "116111", True),
        ("017", "017", True),
        ("017", "17", False),
        ("(242) 322-2763", "+12423222763", True),
        ("092 311 511", "+85592311511", True),
        ("092 311 511", "+85592311151", False),
        ("8-800-2000-122", "+78002000122", True),
        ("+212 6 24 40 58 89", "+212624405889", True),
        ("89", "+212624405889", False),
    ],
)
def test_load_shown_and_dialled_number_must_agree(tmp_path: Path, phone: str, tel: str, same: bool) -> None:
    """The link dials what the page says."""
    text = entry(phone=f'"{phone}"', tel=f'"{tel}"')
    if same:
        assert loaded(tmp_path, text).lines[0].tel_uri == f"tel:{tel}"
    else:
        assert "are different numbers" in faults(tmp_path, text)[0]


def test_load_call_starts_a_new_half_year(tmp_path: Path) -> None:
    """A line called later than it was read may be trusted longer."""
    directory = loaded(tmp_path, entry(called="2027-03-31", next_check="2027-09-30"))
    assert directory.help_for("NP", date(2027, 9, 30)).lines


def test_load_same_line_twice_is_refused(tmp_path: Path) -> None:
    """The second copy would go stale unseen."""
    assert faults(tmp_path, entry(), entry()) == [
        "own.toml: line 2 (NP): 1098 already stands in line 1. Keep one.",
    ]


def test_load_file_missing_or_broken_is_said_plainly(tmp_path: Path) -> None:
    """An operator's wrong path or broken file stops the start with a sentence."""
    with pytest.raises(HelplineError, match=r"own\.toml: cannot be read"):
        Directory.load(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text("[[line]\n", encoding="utf-8")
    with pytest.raises(HelplineError, match=r"own\.toml: is not TOML"):
        Directory.load(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text("line = 3\nfallback = []\n", encoding="utf-8")
    with pytest.raises(HelplineError, match=r"line: must be a list of one or more \[\[line\]\] entries"):
        Directory.load(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text(entry(), encoding="utf-8")
    with pytest.raises(HelplineError, match=r"own\.toml: fallback: is missing"):
        Directory.load(tmp_path / "own.toml")


def test_line_without_a_name_has_words_and_scope(ours: Directory) -> None:
    """A bare number is never shown without saying what it is."""
    missing = next(line for line in ours.help_for("AL", TODAY).reports if line.tel == "116000")
    assert missing.name is None and missing.words.text == "Place to report"
    assert missing.scope_words is not None and missing.scope_words.text == "For missing children"
    police = next(line for line in ours.help_for("KH", TODAY).reports if line.tel == "1288")
    assert police.words.text == "Police"


def test_docs_list_every_line_and_why_it_is_kept_back(ours: Directory) -> None:
    """What is withheld is told in the open, with the reason."""
    rows = (Path(__file__).parents[2] / "docs" / "helplines.md").read_text(encoding="utf-8").splitlines()
    for line in ours.lines:
        reach = line.phone or line.url or ""
        told = [row for row in rows if row.startswith(f"| {line.country} | {line.kind} |") and reach in row]
        assert told, f"{line.country} {reach}"
        assert line.status == "confirmed" or any(line.why and line.why in row for row in told)
