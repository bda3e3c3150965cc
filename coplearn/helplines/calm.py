"""Expressions that sound like harm and tell of none, by language: what they take away is not looked at for risk.

Each is written as :func:`~coplearn.i18n.analysis.folded` writes it: small letters without accents, one form of alef and ya, ё as е.
An expression stands here only where nobody who is harmed would say it so: the one that is too many costs a glance at a card,
the one that is missing a child. Of the syntax of patterns only what Python and JavaScript have in common is used, since the search
without a network reads them too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_LINES: Final = {
    "en": r"""
hit(?:s|ting)? me up(?! against| and)
beats? me (?:why|how|to it)
beats? me (?:at|in) (?:chess|cards|football|fifa|minecraft|fortnite|roblox|(?:a|the|this|every|that) (?:game|race|quiz)|games)
it (?:just |suddenly )?hits? me (?:that|how)
hurts? me to (?:see|read|hear|say|think|know)
deeply touche[sd] me|touche[sd] me deeply|(?:story|article|paragraph|statement|testimony) (?:really )?touche[sd] me
lock(?:s|ed|ing)? me out of (?:my|the|our|an?|this) (?:account|phone|app|game|e-?mail|computer|tablet|laptop|profile|course|site)
kick(?:s|ed|ing)? me (?:out of|off|from) (?:my|the|our|an?|this) (?:call|game|app|server|meeting|site|platform|wi-?fi|course|quiz)
""",
    "es": r"""
se me (?:cort|peg)\w+
me cort\w+ (?:el|la|las|los|mi|mis) (?:pelo|cabello|flequillo|unas|luz|internet|telefono|linea|llamada|conexion|wifi|video)
me peg\w+ (?:una? (?:llamad\w+|telefonazo|toque)|el (?:sol|texto|enlace))
""",
    "fr": r"""
je me bats
(?:ce qui|cela|point|constat|chiffre) (?:me frappe|m['\u2019]a frappee?)
(?:texte|temoignage|article|recit|message|cela) (?:me touche|m['\u2019]a (?:beaucoup |profondement |vraiment )?touche)e?
je me coupe (?:les|mes) (?:cheveux|ongles)
je me tape|me tapent? sur (?:les nerfs|le systeme)
(?:fautes?|erreurs?|vitesse) de frappe|frapp\w+ a la porte
""",
    "ru": r"""
меня бьет (?:током|дрожь|озноб)|бьет меня (?:током|дрожь|озноб)
(?:меня )?преследу\w+ (?:меня )?(?:реклам|мысл|вопрос|цел)\w*|(?:реклама|мысль|мысли|вопрос) (?:меня преследу\w+|преследу\w+ меня)
(?:история|текст|рассказ|свидетельство|письмо) (?:очень )?(?:меня (?:очень )?трога\w+|трога\w+ меня)
(?:меня трога\w+|трога\w+ меня) (?:до слез|эт(?:а|от|о|и) (?:истори|текст|рассказ|слов|письм)\w*)
""",
    "ar": r"""
(?:جدول|عمليه) الضرب|ي?ضرب (?:ال)?(?:امثال|امثله|مثل|مثال|مثالا|مثلا)|اضرب (?:لي |لنا )?مث(?:لا|الا)
[ايت]?ضرب(?:لي|لك|لو|له|لها)? (?:لي |لك |له |لها |لنا )?(?:تلفون|تليفون|رنه)
(?:ال)?اعلان(?:ات)? يلاحقني|يلاحقني (?:ال)?اعلان(?:ات)?
لمسني هذا (?:النص|الكلام)|النص لمسني|لمستني هذه القصه|القصه لمستني
""",
    "zh": r"""
[拨撥]打
打我(?:们|們)?(?:(?:家里?|办公室|公司|学校|宿舍|爸爸?|妈妈?|老师|朋友|私人|工作)?的?(?:电话|電話|手机|手機|号码|號碼|座机|热线|熱線)|微信)(?![也都还還又被给給摔砸抢搶线線绳拍录錄视視])
打我(?:国|國|小报告|的主意)|(?:威胁|侵犯|伤害)我国
碰我(?:们|們)?的?(?:手机|手機|电脑|電腦|平板|东西|東西|书|書|玩具|作业|账号|键盘)
摸我的?(?:手机|手機|电脑|電腦|平板|小?[狗猫])
侵犯我(?:们|們)?的?(?:隐私|权利|权益|版权|著作权|肖像权|名誉)
跟踪我?(?:们|們)?的?(?:学习|进度|订单|快递|结果)|(?:学习|进度|订单|物流)跟踪
被打(?:断|斷|动|動|开|開|扰|擾|败|敗|印|包|乱|亂|造)
让我脱(?:离|口|贫|单)|逼我发(?:火|言)|怕回家(?:太?晚|迟)
""",
}
CALM: Final[Mapping[str, re.Pattern[str]]] = {
    code: re.compile(
        "|".join(rf"(?:{line})" if code == "zh" else rf"(?<!\w)(?:{line})(?!\w)" for line in text.split("\n") if line)
    )
    for code, text in _LINES.items()
}
"""By language; a language without one has none."""
