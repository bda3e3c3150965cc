"""The parts of one run of inline Markdown: its plain text, its links, its marks and its paragraphs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Only these rules exist: no raw HTML, no images, no autolinks, and no blocks, so a translation can add none of them.
_PARSER: Final = MarkdownIt("zero", {"html": False}).enable(["escape", "backticks", "emphasis", "link", "entity"])
_MARKED: Final = re.compile(r"[\\`*_\[\]&]")
_HAN: Final = r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_HAN_BREAK: Final = re.compile(rf"(?<={_HAN})\n(?={_HAN})")
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n\s*")


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """The parsed run: text, code, and the openings and closings of strong, em and links."""
    if not _MARKED.search(text):
        # Most texts have no marks at all, and a parser is slow.
        return (Token("text", "", 0, content=text),) if text else ()
    parsed = _PARSER.parseInline(text)
    return tuple(parsed[0].children or ()) if parsed else ()


def plain_text(text: str) -> str:
    """``text`` without its marks, for attributes, titles and counting; not escaped."""
    return "".join(token.content for token in tokens(text)) if _MARKED.search(text) else text


def link_targets(text: str) -> list[str]:
    """The targets of the links of ``text``, in order, as written."""
    return [str(token.attrGet("href") or "") for token in tokens(text) if token.type == "link_open"]


def links(text: str) -> list[tuple[str, str]]:
    """The links of ``text``, in order: the words that can be chosen, and the target."""
    found: list[tuple[str, str]] = []
    if "](" not in text:
        return found
    words: list[str] = []
    target: str | None = None
    for token in tokens(text):
        if token.type == "link_open":
            target, words = str(token.attrGet("href") or ""), []
        elif token.type == "link_close" and target is not None:
            found.append(("".join(words), target))
            target = None
        elif target is not None:
            words.append(token.content)
    return found


def mark_counts(text: str) -> tuple[int, int]:
    """The numbers of strong and of emphasised runs in ``text``."""
    if "*" not in text and "_" not in text:
        return 0, 0
    kinds = [token.type for token in tokens(text)]
    return kinds.count("strong_open"), kinds.count("em_open")


def code_spans(text: str) -> list[str]:
    """The code spans of ``text``, in order."""
    return [token.content for token in tokens(text) if token.type == "code_inline"] if "`" in text else []


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text with blank lines; at least one."""
    return _PARAGRAPHS.split(text.strip())


def joined(content: str) -> str:
    """A block's wrapped lines as one: joined by a space, between two Han characters by nothing."""
    lines = "\n".join(line.strip() for line in content.strip().split("\n"))
    return _HAN_BREAK.sub("", lines).replace("\n", " ")
