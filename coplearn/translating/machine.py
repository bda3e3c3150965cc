"""The hook for a machine that translates: off, without any provider, and all it says is only ever a suggestion."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.translating import rules, service, stock
from coplearn.translating.remarks import message_of

if TYPE_CHECKING:
    from coplearn.translating.models import Message

MACHINE: Final = rules.Actor(None, "machine")
MAX_ANSWER: Final = 20
"""Times the source's length (and at least 200 characters): a longer answer is no translation."""


@runtime_checkable
class Machine(Protocol):
    """What an operator's object must do. It is named by the setting ``machine_translation`` as ``package.module.name``."""

    def suggest(self, texts: Sequence[str], source: str, target: str, context: str) -> Sequence[str]:
        """A translation for each of ``texts``, in their order, an empty one where there is none.

        ``source`` and ``target`` are BCP 47 tags, ``context`` says where the texts stand. Texts leave the site here.
        """


def load_machine(name: str) -> Machine | None:
    """The object of that dotted name; None for no name. Raises ValueError when there is none, or it cannot suggest."""
    if not name:
        return None
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"COPLEARN_MACHINE_TRANSLATION: there is no {name}.") from error
    if not isinstance(found, Machine):
        raise ValueError(f"COPLEARN_MACHINE_TRANSLATION: {name} has no method suggest.")
    return found


def ask_machine(
    session: Session, machine: Machine | None, message_id: int, source: Locale, locale: Locale, now: datetime
) -> int:
    """Ask for a translation of one message and keep it as a suggestion; gives its id.

    Raises Refused without a machine, for critical texts and quizzes, for counted messages, and for an answer that is
    empty, endless or kept back by a check. The machine is called inside: do not hold a lock meanwhile.
    """
    if machine is None:
        raise Refused(N_("No machine translates on this site."))
    message = message_of(session, message_id)
    if rules.needs_second_reader(message.kind, critical=message.critical):
        raise Refused(N_("Texts that may hurt when they are wrong, and quizzes, are translated by people only."))
    if message.plural:
        raise Refused(N_("Counted messages are translated by people only."))
    answer = _answer(machine, message, source, locale)
    refused = rules.blocked(
        rules.subject_of(
            message, locale.code, [answer], nplurals=locale.nplurals, glossary=stock.glossary_of(session, locale.code)
        )
    )
    if not answer or len(answer) > max(200, MAX_ANSWER * len(message.msgid)) or refused:
        raise Refused(N_("The machine had no good answer. Please translate this yourself."))
    return service.suggest(session, MACHINE, message_id, locale, [answer], now, origin="machine")


def _answer(machine: Machine, message: Message, source: Locale, locale: Locale) -> str:
    try:
        answers = list(machine.suggest([message.msgid], source.bcp47, locale.bcp47, message.context))
    except Exception:
        return ""
    return rules.tidy(answers[0]).strip() if len(answers) == 1 and isinstance(answers[0], str) else ""
