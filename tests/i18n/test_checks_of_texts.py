"""The checks of a translated message: what each is there for, and what it must let pass."""

from __future__ import annotations

from typing import Any

import pytest

from coplearn.i18n.checks.base import Subject
from coplearn.i18n.checks.registry import CHECKS, findings, is_blocked
from coplearn.i18n.glossary import Glossary, Term

TERMS = Glossary(
    [Term("helpline", ("ligne d’écoute",)), Term("revenge porn", (), "It blames.", ("pornographie vengeresse",))], "fr"
)
DAYS = {"plural": "%(n)s days", "nplurals": 2, "kind": "interface"}

# check: (source, target or forms, more about the message)
BAD: dict[str, list[tuple[str, str | tuple[str, ...], dict[str, Any]]]] = {
    "max-input": [("Short", "[a](" * 200, {}), ("a" * 9000, "b" * 10_001, {}), ("a" * 9000, "[" * 401, {})],
    "placeholders": [
        ("At %(day)s.", "Le %(jour)s.", {}),
        ("{{fact:line}} now", "maintenant", {}),
        ("Hi {name}", "Salut {nom}", {}),
        ("Hi {name}", "Salut {name} {", {}),
        ("%(n)s day", ("%(n)s jour", "%(m)s jours"), DAYS),
        ("Hi {name}", ("Un jour {", "{num} jours"), {"plural": "{num} days", "nplurals": 2, "kind": "interface"}),
        ("At %(day)s", "À %%(day)s", {}),
    ],
    "place-type": [("%(n)d days", "%(n)s jours", {"kind": "interface"})],
    "bare-percent": [("%(n)s of all", "%(n)s % de tout", {"kind": "interface"})],
    "positional": [("%s of %s", "%s de %s", {"kind": "interface"})],
    "html-tags": [
        ("a", "<b>a</b>", {}),
        ("a", "a <!-- b -->", {}),
        ("a", "&lt;p&gt;", {}),
        ("<b>a</b>", "<b>a", {}),
        ("<b>a</b>", "a", {}),
        ("<b>a</b>", '<b class="x">a</b>', {}),
        ("<b><i>a</i></b>", "<b><i>a</b></i>", {}),
        ("<b>a</b>", "</b>a<b>", {}),
    ],
    "unsafe-html": [
        ("a", "JavaScript :x", {}),
        ("a", "<img src=x onerror=alert(1)>", {}),
        ("a", "&lt;script&gt;", {}),
        ("a", "data:text/html,x", {}),
    ],
    "md-links": [
        ("[a](ref:x)", "[a](ref:y)", {}),
        ("Plain", "[a](help:)", {}),
        ("[a](help:) [b](help:)", "[a](help:)", {}),
    ],
    "addresses": [
        ("See https://example.org/a.", "Voir https://example.com/a.", {}),
        ("Write", "Écrivez à a@example.org", {}),
        ("Sign in", "Connectez-vous sur evil-example.com/login", {}),
        ("Sign in", "Connectez-vous sur evil-example.com.", {}),
        ("Sign in at example.com", "Connectez-vous sur ex\u0430mple.com", {}),
        ("See https://example.org/a.", "انظروا \u2066https://example.com/a\u2069.", {"locale": "ar"}),
        ("It begins with https://.", "以https://例子.com开头。", {"locale": "zh_Hans_CN"}),
        ("It begins with https://.", "以https://evil。com开头。", {"locale": "zh_Hans_CN"}),
        ("It begins with https://.", "Il commence par https://intranet/a.", {}),
    ],
    "link-text": [("[a](help:)", "[](help:)", {}), ("[a](help:)", "[help:](help:)", {})],
    "md-structure": [
        ("One.\n\nTwo.", "Un. Deux.", {}),
        ("One.", "Un.\n\nDeux.", {}),
        ("One", "# Un", {}),
        ("One two", "Un\n- deux", {}),
        ("One two", "Un | deux", {}),
    ],
    "md-emphasis": [("**a** b", "**a b", {})],
    "md-strong": [("**a** b", "a b", {}), ("*a* b", "**a** b", {})],
    "md-code": [("Type `a b`", "Tapez `a c`", {})],
    "exact-digits": [
        ("Call 116 111 now", "Appelez le 116 112", {}),
        ("Call 112 now", "اتصلوا بالرقم ١١٢", {"locale": "ar"}),
        ("Use +374 10 123456", "Utilisez +374 10 123465", {}),
        ("At 10.0.0.1", "Sur 10.0.0.2", {}),
        ("Call 112 or +374 10 000 111.", "Appelez le 112 ou le +374 10 000 112.", {}),
        ("Call 16000 or 116 111", "Appelez le 16000 ou le 116 112", {}),
        ("Call 112, 911 and 999.", "Appelez le 112, le 911 et le 998.", {}),
        ("Call +374 10 000 111.", "Appelez le 374 10 000 111.", {}),
    ],
    "numbers": [("Since 2024, 79%", "Depuis 2042, 79%", {}), ("5 steps", "Des étapes", {})],
    "percent": [("79% of them", "79 d’entre eux", {}), ("ten per cent", "dix", {})],
    "unit": [("Files of 64 MB.", "Des fichiers de 64.", {})],
    "date": [("On 12 March 2024", "Le 13 mars 2024", {})],
    "thousands": [
        ("It had 18,898 reports", "Hubo 18.898 avisos", {"locale": "es", "thousands": "\u202f"}),
        ("It had 18,898 reports", "Hubo 18898 avisos", {"locale": "es", "thousands": "\u202f"}),
        ("In 1,200 homes", "В 1 200 домах", {"locale": "ru", "thousands": "\u00a0"}),
    ],
    "max-length": [
        ("Go", "Continuez", {"max_length": 8}),
        ("Go", "继续学习吧", {"locale": "zh_Hans_CN", "max_length": 8}),
    ],
    "reading-speed": [
        ("Hello, and welcome", "Bonjour à vous, et bienvenue ici", {"max_length": 20, "context": "recording.a#b.cue"}),
        (
            "Hello",
            "你们好，欢迎你们来这里学习",
            {"locale": "zh_Hans_CN", "max_length": 20, "context": "recording.a#b.cue"},
        ),
    ],
    "max-lines": [("a", "a\nb", {})],
    "title-newline": [("A title", "Un\ntitre", {"context": "a#title"})],
    "length-ratio": [("a long sentence about a thing", "court", {}), ("a sentence of twenty", "x" * 60, {})],
    "bidi-override": [("a", "a\u202eb", {}), ("a", "\u202ab\u202c", {})],
    "bidi-isolate": [("a", "\u2068a", {}), ("a", "a\u2069", {}), ("a\n\nb", "\u2067a\n\nb\u2069", {})],
    "control": [("a", f"a{hidden}b", {}) for hidden in ("\x1b", "\x85", "\u2028", "\u2029", "\ufeff", "\U000e0041")],
    "look-alike": [
        ("a", "//xn--80ak6aa92e.com", {}),
        ("a", "https://ex\u0430mple.org", {}),
        ("a", "//ex\u0430mple。org/a", {}),
    ],
    "lost-character": [("a", "a\ufffdb", {})],
    "zero-width": [("a", "a\u200bb", {}), ("a", "a\u200db", {})],
    "direction-mark": [("a", "a\u200f", {})],
    "blank": [("a", "  ", {}), ("a", "\u00a0\u200b", {})],
    "plural-forms": [("%(n)s day", ("%(n)s jour", ""), DAYS), ("%(n)s day", ("%(n)s jour",), DAYS)],
    "plural-same": [("%(n)s day", ("%(n)s jour", "%(n)s jour"), DAYS)],
    "same": [("Good words", "Good words", {})],
    "edge-space": [("a b", " a b", {}), ("a b\n", "a b", {})],
    "double-space": [("a b", "a  b", {})],
    "end-punctuation": [("Why?", "Parce que.", {}), ("Do this:", "Faites ceci.", {})],
    "doubled-word": [("one dog", "le le chien", {})],
    "brackets": [("a (b)", "a (b", {}), ("a", "a）", {"locale": "zh_Hans_CN"})],
    "sentence-count": [("One. Two. Three.", "Un et deux", {})],
    "mixed-script": [("password", "пар\u006fль", {"locale": "ru"}), ("hello", "b\u043enjour", {})],
    "untranslated": [("keep the phone away now", "тогда keep the phone away", {"locale": "ru"})],
    "term": [("Call a helpline", "Appelez quelqu’un", {"glossary": TERMS})],
    "forbidden-term": [("It was shared", "Cette pornographie vengeresse", {"glossary": TERMS})],
    "term-stray": [("Call a person you trust", "Appelez une ligne d’écoute", {"glossary": TERMS})],
    "wording": [
        ("Danger now", "Если опасность сейчас", {"locale": "ru"}),
        ("Pay for a chance", "Payer pour une chance", {}),
        ("your device", "su aparato", {"locale": "es"}),
        ("Pay for a chance", "花钱买机会", {"locale": "zh_Hans_CN"}),
        ("It took part in it", "参加了课程《%(course)s》的全部步骤", {"locale": "zh_Hans_CN"}),
        ("within seconds", "في غضون ثوان قليلة", {"locale": "ar"}),
    ],
    "wording-doubtful": [("Show him the page", "Le enseña la página", {"locale": "es"})],
    "bare-verb": [
        ("Report, and then block.", "Нажмите, потом заблокируйте.", {"locale": "ru"}),
        ("Where do you report?", "Où signalez-vous\u202f?", {}),
        ("Then block.", "Después bloquee.", {"locale": "es"}),
    ],
    "plural-one": [
        ("%(n)s day", ("Un jour", "%(n)s jours"), DAYS),
        ("%(n)s day", ("%(n)s día", "un día"), DAYS | {"locale": "es"}),
        (
            "%(n)s day",
            ("%(n)s", "يوم واحد", "يومان", "%(n)s أيام", "يوم واحد", "%(n)s يوم"),
            DAYS | {"locale": "ar", "nplurals": 6},
        ),
    ],
    "negation": [
        ("Do not call", "Appelez", {}),
        ("Call them", "Ne les appelez jamais", {}),
        ("Never pay", "Платите", {"locale": "ru"}),
        ("Never pay", "付钱", {"locale": "zh_Hans_CN"}),
        ("Never pay", "ادفعوا", {"locale": "ar"}),
        ("Never pay", "Pague siempre", {"locale": "es"}),
    ],
    "negation-unread": [("Never pay", "Usilipe kamwe", {"locale": "sw"})],
    "ar-punctuation": [("a", "نعم, لا", {"locale": "ar"}), ("a", "**نعم**?", {"locale": "ar"})],
    "ar-tatweel": [("a", "نعــم", {"locale": "ar"})],
    "ar-digits": [("1 2", "1 ٢", {"locale": "ar"})],
    "ar-ltr-run": [("a", "لغة C++ سهلة", {"locale": "ar"})],
    "ar-hamza": [("a", "قال ان الطفل", {"locale": "ar"})],
    "zh-punctuation": [("a", "好,是", {"locale": "zh_Hans_CN"}), ("a", "**好**: 是", {"locale": "zh_Hans_CN"})],
    "zh-full-stop": [("a", "好.", {"locale": "zh_Hans_CN"})],
    "zh-traditional": [("a", "孩子們", {"locale": "zh_Hans_CN"})],
    "zh-spacing": [("a", "用 App 和app的人", {"locale": "zh_Hans_CN"})],
    "zh-full-width": [("a", "２０２４年", {"locale": "zh_Hans_CN"})],
    "zh-under": [
        ("Under 9", "9岁以下", {"locale": "zh_Hans_CN"}),
        ("Children over 15", "15岁以上的孩子", {"locale": "zh_Hans_CN"}),
    ],
    "zh-percent": [("%(mark)s percent of them", "百分之%(mark)s的人", {"locale": "zh_Hans_CN", "kind": "interface"})],
    "fr-spacing": [("a", "Quoi?", {}), ("a", "«Oui»", {}), ("a", "Ceci : cela", {})],
    "fr-apostrophe": [("a", "l'enfant", {})],
    "fr-capital-accent": [("a", "A la maison", {}), ("a", "Ecole", {})],
    "ru-quotes": [("a", 'Он сказал "да"', {"locale": "ru"})],
    "ru-guillemets": [("a", "Он «сказал", {"locale": "ru"})],
    "ru-dash": [("a", "Риск - не вред", {"locale": "ru"})],
    "ru-address": [("a", "Как вы и Ваш ребенок живете", {"locale": "ru"})],
    "ru-yo": [("a", "всё еще", {"locale": "ru"})],
    "ru-form-one": [
        ("%(n)s day", ("Один день", "%(n)s дня", "%(n)s дней"), {**DAYS, "nplurals": 3, "locale": "ru"}),
        (
            "%(n)s file",
            ("%(n)s файл, удалите его", "%(n)s файла", "%(n)s файлов"),
            {**DAYS, "nplurals": 3, "locale": "ru"},
        ),
        ("%(n)s day", ("день", "%(n)s дні", "%(n)s днів"), {**DAYS, "nplurals": 3, "locale": "uk"}),
    ],
    "ru-nbsp": [
        ("a", "Риск — это не вред", {"locale": "ru"}),
        ("a", "Ей 10 лет", {"locale": "ru"}),
        ("a", "через %(num)s минут", {"locale": "ru", "kind": "interface"}),
        ("a", "А. С. Пушкин", {"locale": "ru"}),
        ("a", "к врачу", {"locale": "ru"}),
    ],
    "ru-name": [
        ("Write to Lina", "Написать для Лина", {"locale": "ru"}),
        ("A new account writes to Noor", "Потом пишет Нур новый аккаунт", {"locale": "ru"}),
    ],
    "es-child-lost": [("Does your child sleep enough?", "¿Duerme lo suficiente?", {"locale": "es"})],
    "es-opening": [("Why?", "Por qué?", {"locale": "es"}), ("No!", "No!", {"locale": "es"})],
    "es-address": [("a", "usted puede y tú puedes", {"locale": "es"})],
    "hy-full-stop": [("a", "Սա է:", {"locale": "hy"})],
    "hy-question": [("a", "Ինչու?", {"locale": "hy"})],
    "hy-ew": [("a", "և եւ", {"locale": "hy"})],
    "hy-quotes": [("a", '"Այո"', {"locale": "hy"})],
}
GOOD: list[tuple[str, str, str]] = [
    ("fr", "At %(day)s on {{fact:x}}.", "{{fact:x}}\u00a0: %(day)s."),
    ("fr", "[a](ref:x) [b](help:)", "[b](help:) [a](ref:x)"),
    ("fr", "One.\n\nTwo.", "Un.\n\nDeux."),
    ("fr", "Three steps", "3 étapes"),
    ("fr", "5 steps", "Cinq étapes"),
    ("fr", "Use `a  b,c`", "Utilisez `a  b,c`"),
    ("fr", "Is it? Yes!", "Est-ce cela\u202f? Oui\u202f!"),
    ("fr", "He says: \u201cyes\u201d", "Il dit\u00a0: «\u00a0oui\u00a0»"),
    ("fr", "Module", "Module"),
    ("fr", "Call 112.", "Appelez le 112."),
    ("fr", "On 12 March 2024", "Le 12 mars 2024"),
    ("fr", "Call 112 or +374 10 000 111.", "Appelez le 112 ou le +374\u00a010\u00a0000\u00a0111."),
    ("fr", "Call 16000 or 116 111 now", "Appelez le 16000 ou le 116 111"),
    ("fr", "It had 12 000 calls", "Il y a eu 12\u202f000 appels"),
    ("fr", "<b><i>a</i></b><br> c", "<i><b>a</b></i><br> c"),
    ("ar", "See https://example.org/a.", "انظروا \u2066https://example.org/a\u2069."),
    ("ru", "See https://example.org", "См. «https://example.org»"),
    ("zh_Hans_CN", "Go to example.org.", "请打开example.org。"),
    ("zh_Hans_CN", "A link begins with https:// and is short.", "链接以https://开头，而且很短。"),
    ("zh_Hans_CN", "It begins with https://. Keep it.", "它以https://开头。请记住。"),
    ("ru", "A link begins with https:// and is short.", "Ссылка начинается с\u00a0https://и коротка."),
    ("ar", "A link begins with https:// and is short.", "أول الرابط \u2066https://\u2069وهو قصير."),
    ("fr", "And so on, e.g. a file.", "Etc.et p.ex. un fichier."),
    ("ar", "2,024 of 79%", "٧٩% من ٢٠٢٤"),
    ("ar", "Some **strong** words", "\u200fكلمات **قوية**"),
    ("ar", "Ask \u2068Sami\u2069", "اسألوا \u2068سامي\u2069"),
    ("ar", "Do not pay, ask.", "لا تدفعوا، بل اسألوا."),
    ("zh_Hans_CN", "Do not pay. Ask: why?", "不要付钱。要问：为什么？"),
    ("zh_Hans_CN", "At 10:30, 3.5 km", "10:30，3.5 km"),
    ("zh_Hans_CN", "Is it safe?", "安不安全？"),
    ("ru", "A “good” risk is not harm", "«Хороший» риск\u00a0— не вред"),
    ("ru", "You and your child", "Вы и ваш ребенок"),
    ("ru", "The app Take It Down Now Please", "Приложение Take It Down Now Please"),
    ("es", "Why? Stop!", "¿Por qué? ¡Alto!"),
    ("es", "Ask your child", "Pregúntele"),
    ("es", "Sami sleeps", "Sami duerme"),
    ("es", "The child can tell Sami", "Puede contárselo a Sami"),
    ("es", "Block the account.", "Después bloquéelo."),
    ("ru", "Write to Lina", "Написать для Лины"),
    ("ru", "In 2024 of the first 5, and to everybody", "В\u00a02024\u00a0году из первых 5, и всем"),
    ("zh_Hans_CN", "Children of 15 and over", "15岁以上的孩子"),
    ("zh_Hans_CN", "Under 9", "未满9岁"),
    ("ar", "within seconds", "في غضون ثوانٍ"),
    ("hy", "Why do you ask?", "Ինչո՞ւ եք հարցնում։"),
    ("hy", "Do this:", "Արեք սա՝"),
]


def subject(source: str, target: str | tuple[str, ...], **more: Any) -> Subject:
    """A message in French, unless it says otherwise."""
    forms = (target,) if isinstance(target, str) else target
    return Subject(**{"source": source, "forms": forms, "locale": "fr", **more})


@pytest.mark.parametrize(
    ("check", "source", "target", "more"), [(name, *case) for name, cases in BAD.items() for case in cases]
)
def test_check_finds_what_it_is_there_for(
    check: str, source: str, target: str | tuple[str, ...], more: dict[str, Any]
) -> None:
    """A translator reads which rule the text breaks, and an error keeps it from learners."""
    one = subject(source, target, **more)
    found = {finding.check: finding.severity for finding in findings(one)}
    assert check in found
    assert is_blocked(one) == ("E" in found.values())


@pytest.mark.parametrize(("locale", "source", "target"), GOOD)
def test_check_honest_translation_passes(locale: str, source: str, target: str) -> None:
    """Other word order, other digits, a number as a word and a language's own marks are a translator's right."""
    found = [finding for finding in findings(subject(source, target, locale=locale)) if finding.severity != "I"]
    assert [finding.check for finding in found] == []


def test_check_table_covers_every_check() -> None:
    """No check without an example that it is there for, and no two of one name."""
    assert {check.id for check in CHECKS} == set(BAD)
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_check_caption_is_measured_by_the_time_it_stands() -> None:
    """What can be read in time passes, wide signs are not counted twice, and nothing of a caption is an error of length."""
    cue: dict[str, Any] = {"max_length": 20, "context": "recording.a#b.cue"}
    assert findings(subject("Hello, and welcome.", "Bonjour et bienvenue.", **{**cue, "max_length": 21})) == []
    assert findings(subject("Hello, and welcome.", "你好，欢迎你来。", locale="zh_Hans_CN", **cue)) == []
    assert not is_blocked(subject("Hello, and welcome.", "Bonjour à vous toutes et à vous tous.", **cue))


def test_check_plural_form_may_leave_its_number_out() -> None:
    """«un día» needs no number where the form is said of 1 alone, and a second form is no translation of the singular."""
    more: dict[str, Any] = {"plural": "%(n)s days left", "nplurals": 2, "kind": "interface", "locale": "es"}
    assert findings(subject("%(n)s day left", ("Queda un día", "Quedan %(n)s días"), **more)) == []


def test_check_plural_one_may_be_said_of_something_else() -> None:
    """With the number in it, a form may speak of one page."""
    more: dict[str, Any] = {"plural": "%(n)s texts on a page", "nplurals": 2, "kind": "interface"}
    assert (
        findings(subject("%(n)s text on a page", ("%(n)s texte sur une page", "%(n)s textes sur une page"), **more))
        == []
    )


@pytest.mark.parametrize("form", ["Un libro", "{num} libro"])
def test_check_plural_form_may_leave_its_number_in_braces_out(form: str) -> None:
    """The rule is the same for both kinds of places."""
    more: dict[str, Any] = {"plural": "{num} books", "nplurals": 2, "kind": "interface", "locale": "es"}
    assert findings(subject("{num} book", (form, "{num} libros"), **more)) == []


def test_check_lost_negation_blocks_only_where_the_author_marked_it() -> None:
    """In a step that must be right, a lost "not" is never shown; elsewhere a reviewer decides."""
    assert not is_blocked(subject("Do not call", "Appelez"))
    assert is_blocked(subject("Do not call", "Appelez", critical=True))


@pytest.mark.parametrize(
    ("locale", "source", "target", "kept"),
    [
        ("fr", "Give it 3 hours later.", "Donnez-le plus tard.", True),
        ("ru", "From 16 to 18 years.", "До 18 лет.", True),
        ("zh_Hans_CN", "Call within 48 hours.", "请打电话。", True),
        ("ar", "About 1 in 7 of them.", "نحو واحد من كل سابع.", False),
        ("ru", "About 1 in 7 of them.", "Примерно каждый седьмой из них.", False),
        ("es", "The 3 of May.", "El tercer día de mayo.", False),
        ("ru", "Pictures from childhood.", "Снимки до 18 лет.", False),
        ("fr", "It rings out after 15:00.", "Il sonne dans le vide après 15 h.", False),
        ("fr", "At 02:10 he stops.", "À 2 h 10, il s’arrête.", False),
        ("fr", "At 15:20 he stops.", "À 15 h, il s’arrête.", True),
        ("ar", "A child of 12 cannot.", "طفلة في الثانية عشرة لا تقوى على ذلك.", False),
        ("ar", "A child of 14 cannot.", "طفلة في الثانية عشرة لا تقوى على ذلك.", True),
        ("zh_Hans_CN", "Over 300 million children.", "超过3亿儿童。", False),
        ("zh_Hans_CN", "Some 1.5 million children.", "约150万儿童。", False),
        ("zh_Hans_CN", "Over 300 million children.", "超过300万儿童。", True),
    ],
)
def test_check_lost_number_blocks_where_it_may_hurt(locale: str, source: str, target: str, kept: bool) -> None:
    """An age or a number of hours that got lost is not shown; one that is said in words, or added to explain, is."""
    assert is_blocked(Subject(source=source, forms=(target,), locale=locale, critical=True)) == kept
    assert is_blocked(Subject(source=source, forms=(target,), locale=locale, read_twice=True)) == kept
    assert not is_blocked(Subject(source=source, forms=(target,), locale=locale))


def test_check_forbidden_word_may_stand_in_a_quoted_title() -> None:
    """A law keeps its name."""
    quoted = subject("The old title", "La loi «\u00a0pornographie vengeresse\u00a0»", glossary=TERMS)
    assert "forbidden-term" not in {finding.check for finding in findings(quoted)}


def test_check_interface_text_is_not_markdown() -> None:
    """A star in the interface is a star."""
    assert "md-strong" not in {found.check for found in findings(subject("**a**", "a b", kind="interface"))}


@pytest.mark.parametrize("check", [check for check in CHECKS if not check.dismissable], ids=lambda check: check.id)
def test_check_that_cannot_be_dismissed_blocks(check: Any) -> None:
    """Only errors are beyond a person's judgement."""
    assert check.severity == "E"


def test_check_of_thousands_leaves_four_digits_and_telephone_numbers_alone() -> None:
    """Four digits may stand together in most languages, and what is dialled is grouped as its owner does."""
    more: dict[str, Any] = {"locale": "es", "thousands": "\u202f"}
    assert findings(subject("About 1,200 of them", "Unas 1200", **more)) == []
    assert findings(subject("Call 116 111", "Llame al 116 111", **more)) == []


def test_check_of_russian_spaces_mends_them_where_they_stand() -> None:
    """Nothing that can be read changes, and links, places and code stay as they are."""
    text = "Ей 10 лет — спросите у [нее](ref:a b), через %(num)s минут в `к 5 лет`."
    mended = next(one.fix for one in findings(subject("a", text, locale="ru")) if one.check == "ru-nbsp")
    assert mended == (
        "Ей 10\u00a0лет\u00a0— спросите у\u00a0[нее](ref:a b), через %(num)s\u00a0минут в\u00a0`к 5 лет`."
    )
