"""Words so common that they say nothing of what somebody searches for, by language; as people type them without accents."""

from __future__ import annotations

from typing import Final

_EN: Final = (
    "a an and are as at about be been being but by can could did do does doing for from get had has have he her him his how i if in"
    " into is it its just me my no not of off on or our out she should so some someone that the their them then there they"
    " this to too was we were what when where which who why will with would you your am does don t s ve re ll know"
    " want wants somebody something make says say ok okay"
)
_ES: Final = (
    "a al algo alguien ante con como cual cuando de del desde donde e el ella ellos en entre era es esta este esto fue ha hacer"
    " hago han hay la las le les lo los me mi mis mas muy no nos o para pero por porque puede puedo que quien se ser si sin"
    " sobre son su sus te tiene tu un una uno y ya yo"
)
_FR: Final = (
    "a ai au aux avec c ce ces cette comment d dans de des dois du elle en est et etre fait faire il ils j je l la le les leur"
    " lui m ma mais mes mon n ne nous on ont ou par pas peut plus pour pourquoi qu quand que quel quelle quelqu qui quoi s sa se"
    " ses si son sont sur t ta te tu un une vous y un"
)
_RU: Final = (
    "а без бы был в во вот все вы где да для до его ее если есть еще же за и из или их к как когда кто ли мне мой моего моей"
    " мою моя мы на надо не нет ни но о об он она они от по под при про с свой себя со так также то того у уже чего что чтобы"
    " это этот я"
)
_AR: Final = (
    "في من على الى عن مع هل ما ماذا كيف متى اين لماذا هذا هذه ذلك التي الذي ان او و يا لا لم لن قد كان كانت هو هي انا"
    " اذا عند بعد قبل كل بين حتى ثم اي مني منه"
)
_ZH: Final = "怎么 什么 如何 怎样 可以 我的 我们 他们 这个 那个 是否 一个 了吗 么办 办法"
_HY: Final = "և եւ է են ի մի որ ինչ ինչպես երբ որտեղ իմ ես նա մենք դուք համար հետ մեջ այս այդ թե կամ չի եմ"

STOPWORDS: Final = {
    code: frozenset(text.split())
    for code, text in (("en", _EN), ("es", _ES), ("fr", _FR), ("ru", _RU), ("ar", _AR), ("zh", _ZH), ("hy", _HY))
}


def is_common(plain: str, locale: str) -> bool:
    """Whether the word says nothing, in that locale's code."""
    return plain in STOPWORDS.get(locale.partition("_")[0], ())
