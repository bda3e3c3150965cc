"""The hook for a machine that translates: off, without any provider, and all it says is only ever a suggestion."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.translating.store import catalog_store, edits, rules
from coplearn.translating.store.edits import message_of

MACHINE: Final = rules.Actor(None, "machine")
MAX_ANSWER: Final = 20
"""Times the source's length (and at least 200 characters): a longer answer is no translation."""


@runtime_checkable
class Machine(Protocol):
    """The protocol of an operator's object. It is named by the setting ``machine_translation`` as ``package.module.name``."""

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


@dataclass(frozen=True, slots=True)
class MachineQuestion:
    """The question for a machine, with nothing of the database in it."""

    message_id: int
    text: str
    context: str
    source: Locale
    target: Locale


def question_of(session: Session, message_id: int, source: Locale, locale: Locale) -> MachineQuestion:
    """The question to ask about a message. Raises Refused for critical texts and quizzes, and for counted messages."""
    message = message_of(session, message_id)
    if rules.needs_second_reader(message.kind, critical=message.critical):
        raise Refused(N_("Texts that may hurt when they are wrong, and quizzes, are translated by people only."))
    if message.plural:
        raise Refused(N_("Counted messages are translated by people only."))
    return MachineQuestion(message_id, message.msgid, message.context, source, locale)


def answer_of(machine: Machine | None, question: MachineQuestion) -> str:
    """The machine's answer, empty for nothing. It may take long: hold no lock meanwhile. Raises Refused without a machine."""
    if machine is None:
        raise Refused(N_("No machine translates on this site."))
    try:
        answers = list(machine.suggest([question.text], question.source.bcp47, question.target.bcp47, question.context))
    except Exception:
        return ""
    return rules.tidy(answers[0]).strip() if len(answers) == 1 and isinstance(answers[0], str) else ""


def offer_answer(session: Session, question: MachineQuestion, answer: str, now: datetime) -> int:
    """Keep the answer as a suggestion; gives its id.

    Raises Refused for one that is empty, endless or kept back by a check, and when the source changed meanwhile.
    """
    message, locale = message_of(session, question.message_id), question.target
    refused = message.msgid != question.text or rules.blocked(
        rules.subject_of(
            message,
            locale.code,
            [answer],
            nplurals=locale.nplurals,
            glossary=catalog_store.glossary_of(session, locale.code),
        )
    )
    if not answer or len(answer) > max(200, MAX_ANSWER * len(question.text)) or refused:
        raise Refused(N_("The machine had no good answer. Please translate this yourself."))
    return edits.suggest(session, MACHINE, question.message_id, locale, [answer], now, origin="machine")
