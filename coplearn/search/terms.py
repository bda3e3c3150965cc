"""The words of the field that learners meet, and what they mean; how each is said in a language stands in its glossary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from coplearn.courses.course import opaque_code
from coplearn.i18n.glossary import Glossary
from coplearn.kernel.text import N_

MEANINGS: Final = {
    "child online protection": N_(
        "Everything that adults, schools, companies and states do so that children can use the "
        "internet safely and keep its benefits."
    ),
    "online safety": N_(
        "Being able to use the internet without coming to harm, and knowing what to do when something goes wrong."
    ),
    "parents and carers": N_(
        "Everybody who brings a child up: parents, grandparents, other relatives, foster families and staff in homes."
    ),
    "policymaker": N_("A person who prepares or decides laws, plans and budgets for a country or a region."),
    "multi-stakeholder approach": N_(
        "Working on something together: state, companies, schools, organisations, families and children."
    ),
    "national strategy": N_(
        "A country’s written plan: what it wants to reach, who does what, by when, and with which money."
    ),
    "Convention on the Rights of the Child": N_(
        "The agreement of 1989 in which nearly all countries promise children their rights, such as"
        " protection, education and being heard."
    ),
    "digital environment": N_(
        "Everything around us that is digital: the internet, apps, games, devices and what runs on them."
    ),
    "best interests of the child": N_(
        "What is best for this child, taking everything into account. It comes first in every decision about the child."
    ),
    "evolving capacities": N_(
        "What a child can understand and decide grows with age and experience, and so does their say."
    ),
    "child participation": N_("Children say what they think about what concerns them, and it is taken seriously."),
    "child rights impact assessment": N_(
        "Looking, before something is decided or built, at what it will mean for children’s rights."
    ),
    "child sexual exploitation and abuse": N_(
        "Every sexual act with a child, and every use of a child for it. The adult is responsible, never the child."
    ),
    "technology-facilitated child sexual exploitation and abuse": N_(
        "Sexual exploitation or abuse of a child in which phones, apps or the internet are used at any point."
    ),
    "child sexual abuse material": N_(
        "Pictures, videos or other recordings of the sexual abuse of a child. They are evidence of "
        "a crime: never keep, copy or send them; report them."
    ),
    "grooming": N_(
        "Somebody wins a child’s trust step by step in order to abuse the child sexually, online or"
        " face to face. It can be a person the child knows."
    ),
    "sexual extortion of a child": N_(
        "Somebody threatens to show private pictures of a child, to get more pictures, money or "
        "something else. Do not pay, keep the evidence, and get help."
    ),
    "financially motivated sexual extortion": N_("Threatening to show somebody’s private pictures unless they pay."),
    "self-generated sexual content involving a child": N_(
        "Sexual pictures that a child has taken of themselves, freely, by persuasion or under "
        "pressure. The child is not to blame when they are passed on."
    ),
    "sexting": N_("Sending private sexual pictures or messages by phone or online."),
    "non-consensual sharing of intimate images": N_("Passing on somebody’s private pictures without their agreement."),
    "AI-generated child sexual abuse material": N_(
        "Abuse pictures of children made or changed with artificial intelligence. They harm "
        "children and are illegal in many countries."
    ),
    "deepfake": N_(
        "A picture, video or voice made with a computer that shows a real person doing or saying what they never did."
    ),
    "nudify app": N_(
        "A program that makes a false naked picture out of an ordinary photo. To use it on somebody"
        " hurts them, and on a child it is abuse."
    ),
    "cyberbullying": N_("Hurting, threatening or shutting out somebody again and again by phone or online."),
    "harmful content": N_(
        "What can upset or hurt a child who sees it, such as violence, hatred, pornography or praise of self-harm."
    ),
    "risk": N_("Something that may lead to harm. A risk is not yet harm, and children can learn to deal with risks."),
    "content, contact, conduct and contract risks": N_(
        "Four kinds of risk online: what a child sees, who gets in touch, how people treat each "
        "other, and what a child agrees to or pays for."
    ),
    "helpline": N_("A number or chat where trained people listen and help, mostly free and without asking for a name."),
    "notice and takedown": N_("A company is told of illegal content, and removes it."),
    "hash matching": N_("Finding copies of a known picture by its digital fingerprint, without anybody looking at it."),
    "disclosure": N_("A child tells somebody, in words or otherwise, that something bad has happened."),
    "safeguarding": N_(
        "Everything that an organisation does so that children are safe with it and are helped in time."
    ),
    "referral pathway": N_(
        "The agreed way from the first person who notices something to those who can help: whom to "
        "call, and what happens next."
    ),
    "mandatory reporting": N_(
        "A law says that certain people, often teachers and doctors, must report when they suspect "
        "that a child is being harmed."
    ),
    "trusted adult": N_("An adult the child feels safe with and can talk to about anything."),
    "law enforcement": N_("The police and other authorities that look into crimes."),
    "safety by design": N_(
        "Building a service so that it is safe from the start, and not only mending it after something has happened."
    ),
    "privacy by default": N_("The settings protect people without anybody having to change them."),
    "age assurance": N_("All ways to find out how old somebody is, or whether they are old enough."),
    "age verification": N_("Checking somebody’s age by a proof, such as an identity card."),
    "age estimation": N_("Guessing somebody’s age, for instance from a picture of the face."),
    "transparency report": N_("A company tells the public what was reported to it and what it did."),
    "end-to-end encryption": N_(
        "Messages are locked so that only the sender and the receiver can read them, and not even "
        "the company in between."
    ),
    "parental controls": N_(
        "Settings with which parents choose what a child can see, install, buy or do, and for how long."
    ),
    "digital literacy": N_("Being able to use digital things well: to find, judge, make and share, and to stay safe."),
    "digital citizenship": N_("Taking part online with respect for others and for oneself."),
    "personal data": N_(
        "Everything that says something about a person who can be told from it, such as name, "
        "picture, voice, number or place."
    ),
    "informed consent": N_("Saying yes freely, after understanding what it is about. It can be taken back."),
    "trauma-informed": N_(
        "Treating people in a way that takes care of those who have been through something bad, and"
        " does not hurt them again."
    ),
    "quick exit": N_(
        "The button that leaves this site at once and opens another. It does not clear the history of the browser."
    ),
}
"""By the English term, as the glossaries have it."""
_ALSO: Final = {"sextortion": "sexual extortion of a child"}
"""Words that are explained under another."""


@dataclass(frozen=True, slots=True)
class LearnersTerm:
    """A word of the field: how it is said in a language (``is_source``: only in English yet), the other forms by which it is
    found, and the
    English sentence that explains it. ``code`` is its place in addresses, which name no topic."""

    code: str
    name: str
    others: tuple[str, ...]
    meaning: str
    is_source: bool = False


def learners_terms(glossary: Glossary | None, is_english: bool) -> Iterator[LearnersTerm]:
    """Every word that is explained, in one language, in no order yet."""
    said = {term.source: term.targets for term in glossary.terms} if glossary is not None else {}
    also: dict[str, list[str]] = {}
    for other, under in _ALSO.items():
        also.setdefault(under, []).extend((other,) if is_english else said.get(other, ()))
    for source, meaning in MEANINGS.items():
        names = (source,) if is_english else said.get(source, ()) or (source,)
        others = tuple(one for one in dict.fromkeys((*names[1:], *also.get(source, ()))) if one != names[0])
        yield LearnersTerm(code_of(source), names[0], others, meaning, not is_english and not said.get(source))


def code_of(source: str) -> str:
    """The opaque code of an English term."""
    return opaque_code(f"glossary/{source}")
