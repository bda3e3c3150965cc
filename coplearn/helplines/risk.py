"""Words that suggest that a child is at risk now: help is then shown before anything else.

A list a language, in the words that frightened people type, their slips among them; the field's own terms are in the glossaries.
A line counts when all of its words are searched for, in any form. Too many are better than too few: what is shown is a card with
the way to help, and everything that was found stands below it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from coplearn.i18n.analysis import searched, words

_EN: Final = """
abuse|abused|abuser|abusing|molest|molested|molesting|rape|raped|assault|grooming|groomed
groomer|predator|paedophile|pedophile|sextortion|extortion|blackmail|blackmailed|threat
threatened|threatening|nude|nudes|naked|sexual photo|sexual picture|private photo
sexual pictures|csam|suicide|suicidal|kill herself|kill himself|kill themselves
kill myself|self-harm|self harm|cutting herself|cutting himself|hurt herself|hurt himself
wants to die|want to die|missing child|child missing|ran away|runaway|kidnapped|trafficked
trafficking|stranger meet|met stranger|meet online|beaten|beats|hits|violence|in danger
danger|emergency|afraid to go home|touched my|touches my|touching my|leaked photo
leaked picture|photo leaked|exploited|exploitation|revenge porn|deepfake my|bullied
bullying|stalker|stalking
"""
_ES: Final = """
imágenes íntimas|imagen íntima
abuso|abusan|abusaron|abusador|violación|violaron|violada|violado|agresión sexual
acoso sexual|grooming|captación|depredador|pedófilo|pederasta|sextorsión|extorsión
chantaje|chantajean|chantajea|amenaza|amenazan|amenazas|desnudo|desnuda|desnudos
foto íntima|fotos íntimas|nudes|packs|suicidio|suicidarse|matarse|quitarse vida|autolesión
autolesiones|se corta|hacerse daño|quiere morir|desaparecido|desaparecida|secuestro|trata
peligro|emergencia|maltrato|golpean|golpea|pega|pegan|violencia|explotación
filtraron fotos|acosador|acosan|acoso|ciberacoso|encuentro desconocido|quedar desconocido
tocó|toca mi
"""
_FR: Final = """
sollicitation|fins sexuelles|cyberharcèlement|images intimes
abus|abusé|abusée|agression|agressé|agressée|viol|violé|violée|attouchement|attouchements
grooming|pédopiégeage|prédateur|pédophile|pédocriminel|sextorsion|extorsion|chantage
menace|menacé|menacée|menaces|nue|nu photo|nudes|photo intime|photos intimes|photos nues
suicide|suicider|se tuer|automutilation|scarification|se mutile|se coupe|se faire mal
veut mourir|envie de mourir|disparu|disparue|fugue|enlèvement|traite|danger|urgence
maltraitance|maltraité|frappe|frappé|battu|battue|violence|violences|exploitation
photos diffusées|harcèlement|harcelé|harcelée|harceleur|rencontre inconnu|touché ma
touché mon|a touché
"""
_RU: Final = """
сексторшн|кибербуллинг|интимные изображения|интимных изображений
насилие|изнасилование|изнасиловали|изнасиловал|домогательство|домогательства|домогается
совращение|растление|груминг|педофил|хищник|вымогательство|вымогают|шантаж|шантажируют
шантажирует|угроза|угрозы|угрожают|угрожает|голые|голая|голый|интимные фото|интимное фото
интим|нюдсы|обнаженные|суицид|самоубийство|покончить с собой|убить себя|самоповреждение
режет себя|порезы|причинить себе вред|не хочет жить|хочет умереть|пропал ребенок
пропала дочь|пропал сын|сбежал|сбежала|похитили|похищение|торговля людьми|опасность
опасности|экстренно|бьют|бьет|избили|побои|эксплуатация|слили фото|травля|травят|буллинг
преследует|встреча с незнакомцем|встретиться с незнакомцем|трогал|трогает
"""
_AR: Final = """
اعتداء|اعتدى|اعتداء جنسي|تحرش|يتحرش|تحرشوا|متحرش|اغتصاب|اغتصب|استدراج|استمالة|يستدرج|مفترس
ابتزاز|يبتز|يبتزون|يبتزني|ابتز|تهديد|يهدد|يهددون|هددوه|هددها|صور عارية|صورة عارية|عارية
عاري|صور خاصة|صور فاضحة|صور جنسية|انتحار|ينتحر|تنتحر|قتل نفسه|تقتل نفسها|إيذاء النفس
يؤذي نفسه|تؤذي نفسها|يجرح نفسه|يريد أن يموت|تريد أن تموت|مفقود|طفل مفقود|هرب من البيت|هربت
خطف|اختطاف|الاتجار|خطر|في خطر|طوارئ|ضرب|يضرب|يضربون|عنف|استغلال|استغلال جنسي|تسريب صور
نشر صور|تنمر|مضايقة|لقاء غريب|لمس جسد|لمسه|لمسها
"""
_ZH: Final = """
私密图像|私密
性侵|性侵犯|性虐待|虐待|猥亵|强奸|强暴|诱骗|性诱骗|诱奸|恋童|性骚扰|骚扰|性勒索|勒索|敲诈|威胁|恐吓|裸照|裸聊|裸体|私密照|隐私照|不雅照|色情照|自杀|想死
不想活|轻生|自残|自伤|割腕|失踪|走失|离家出走|绑架|拐卖|人口贩运|危险|紧急|家暴|殴打|打孩子|被打|暴力|剥削|照片泄露|照片被传|欺凌|霸凌|网暴|跟踪|见网友
约见|被摸|摸我|报警
"""
_HY: Final = """
գրումինգ|սեքսթորշն|կիբեռբուլինգ|ինտիմ պատկերների|սեռական բռնության
բռնություն|բռնության|սեռական բռնություն|բռնաբարություն|բռնաբարել|ոտնձգություն|գայթակղում|շորթում
սեռական շորթում|շանտաժ|սպառնալիք|սպառնում|մերկ|մերկ լուսանկար|ինտիմ լուսանկար
ինքնասպանություն|ինքնավնասում|ուզում մեռնել|անհետացել|կորած երեխա|փախել|առևանգում
թրաֆիքինգ|վտանգ|վտանգի մեջ|շտապ|ծեծում|ծեծել|շահագործում|հալածանք|բուլինգ
"""
_SOMEBODY: Final = {
    "en": """
my child|my daughter|my son|my kid|my girl|my boy|my pupil|my student|my niece|my nephew|my sister|my brother|my cousin
my friend|my neighbour|my neighbor|my granddaughter|my grandson|our daughter|our son|our pupil|our neighbour|this girl
this boy|girl in my|boy in my|child in my|pupil in my|in my class|in our class|next door|know a child|know a girl
know a boy|happened to me|happening to me
""",
    "es": """
mi hija|mi hijo|mi niña|mi niño|mi alumna|mi alumno|mi sobrina|mi sobrino|mi hermana|mi hermano|mi prima|mi primo
mi amiga|mi amigo|mi nieta|mi nieto|mi vecina|mi vecino|nuestra hija|nuestro hijo|esta niña|en mi clase
conozco a una niña|conozco a un niño|me pasó|me está pasando
""",
    "fr": """
ma fille|mon fils|mon enfant|mon élève|ma nièce|mon neveu|ma sœur|mon frère|ma cousine|mon cousin|mon amie|mon ami
ma copine|mon copain|ma voisine|mon voisin|ma petite-fille|mon petit-fils|notre fille|notre fils|cette fillette
ce garçon|dans ma classe|connais une fille|connais un garçon|connais un enfant|m’est arrivé|m’arrive
""",
    "ru": """
моя дочь|мою дочь|моей дочери|моя дочка|мою дочку|моей дочке|мой сын|моего сына|моему сыну|мой ребенок|моего ребенка
моему ребенку|моя ученица|мою ученицу|мой ученик|моего ученика|моя племянница|мою племянницу|мой племянник
моя сестра|мою сестру|мой брат|моего брата|моя подруга|мою подругу|мой друг|моего друга|моя внучка|мою внучку
мой внук|моего внука|наша дочь|нашу дочь|наш сын|нашего сына|эта девочка|эту девочку|этот мальчик|этого мальчика
в моем классе|в нашем классе|знаю девочку|знаю мальчика|соседская девочка|соседский мальчик|у соседей
""",
    "ar": """
ابنتي|ابني|طفلي|طفلتي|بنتي|ولدي|تلميذي|تلميذتي|طالبي|طالبتي|أختي|أخي|صديقي|صديقتي|جارتي|حفيدي|حفيدتي|ابنتنا|ابننا
بنتنا|هذه البنت|هذه الفتاة|هذا الولد|في صفي|أعرف طفلة|أعرف طفلا|حدث لي|يحدث لي
""",
    "zh": """
我女儿|我儿子|我的女儿|我的儿子|我孩子|我的孩子|我家孩子|我的学生|我学生|我侄女|我侄子|我外甥|我妹妹|我弟弟|我姐姐|我哥哥|我朋友
我的朋友|邻居的孩子|邻居家|这个女孩|这个男孩|这孩子|我班上|我们班|我认识一个
""",
    "hy": """
դուստրս|աղջիկս|տղաս|որդիս|երեխաս|աշակերտս|քույրս|եղբայրս|ընկերս|ընկերուհիս|թոռս|իմ դուստրը|իմ դստեր|իմ աղջիկը|իմ տղան
իմ տղային|իմ որդին|իմ երեխան|իմ երեխային|իմ աշակերտը|մեր դուստրը|մեր տղան|այս աղջիկը|այս տղան|իմ դասարանում
""",
}
"""Words that speak of one child or young person, and not of children."""
_NOW: Final = {
    "en": """
kill myself|want to die|wants to die|hurt myself|cutting myself|i was abused|i was raped|i was molested|i was groomed
i was blackmailed|i am being abused|i am being blackmailed|am blackmailed|touched me|touches me|afraid to go home
""",
    "es": """
quiero morir|matarme|suicidarme|me violaron|me violó|abusó de mí|abusaron de mí|me chantajea|me chantajean|me amenaza
me amenazan|me pegan|me pega
""",
    "fr": """
me tuer|me suicider|envie de mourir|veux mourir|j’ai été violée|j’ai été violé|j’ai été abusée|j’ai été abusé|m’a violée
m’a violé|m’a touchée|m’a touché|me fait chanter|me menace|me frappe
""",
    "ru": """
хочу умереть|хочет умереть|не хочу жить|не хочет жить|меня изнасиловали|меня изнасиловал|меня бьют|меня бьет
меня шантажируют|меня шантажирует|мне угрожают|мне угрожает|меня трогал|режу себя
""",
    "ar": """
أريد أن أموت|يريد أن يموت|تريد أن تموت|أقتل نفسي|أؤذي نفسي|يبتزني|يبتزونني|يهددني|يهددونني|تحرش بي|اغتصبني|يضربني
يضربونني|اعتدى علي
""",
    "zh": "我想死|想自杀|不想活了|我被性侵|我被强奸|我被猥亵|摸我|威胁我|勒索我|打我",
    "hy": "ուզում եմ մեռնել|ուզում է մեռնել|ինձ բռնաբարել|ինձ ծեծում|ինձ սպառնում|ինձ շանտաժ",
}
"""Words in which somebody speaks of what is done to them."""
_BY_FORM: Final = frozenset({"ar", "hy"})
"""Languages whose "my" is an ending, which a stemmer takes away."""
_ARABIC_BEFORE: Final = tuple("وفبلك")
_SENTENCE_END: Final = re.compile(r"[.!?;\n\u2026\u3002\uff01\uff1f\uff1b\u061f\u061b\u06d4\u0589]+")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for row in text.strip().splitlines() for line in row.split("|") if line.strip())


LISTS: Final = {
    code: _lines(text)
    for code, text in (("en", _EN), ("es", _ES), ("fr", _FR), ("ru", _RU), ("ar", _AR), ("zh", _ZH), ("hy", _HY))
}


def danger_lines(code: str) -> tuple[str, ...]:
    """The list of the locale with that code; empty for a language without one."""
    return LISTS.get(code.partition("_")[0], ())


def suggests_risk(typed: str, locales: tuple[str, ...]) -> bool:
    """Whether what was typed suggests that a child is at risk, read in any of those locales' codes."""
    return any(
        wanted and all(group & here for group in wanted)
        for code in locales
        for here in ({token for word in searched(typed, code) for token in word.tokens},)
        for wanted in _wanted(code)
    )


@lru_cache(maxsize=16)
def _wanted(code: str) -> tuple[tuple[frozenset[str], ...], ...]:
    lines = danger_lines(code)
    return tuple(tuple(frozenset(word.tokens) for word in searched(line, code)) for line in lines)


def tells_of_a_child(typed: str) -> bool:
    """Whether a text seems to tell of somebody who is at risk, and not of the subject: for remarks of the field, in any language.

    There the words of :data:`LISTS` are everyday; they count where the same sentence speaks of one child. Somebody who
    speaks of what is done to themselves counts by that alone.
    """
    return any(_sentence_tells(sentence, code) for sentence in _SENTENCE_END.split(typed) for code in LISTS)


def _sentence_tells(sentence: str, code: str) -> bool:
    said = _forms(sentence, code)
    if _stands_in(_in_a_row(_NOW[code], code), said):
        return True
    return _stands_in(_in_a_row(_SOMEBODY[code], code), said) and suggests_risk(sentence, (code,))


@lru_cache(maxsize=32)
def _in_a_row(text: str, code: str) -> Mapping[str, Sequence[Sequence[frozenset[str]]]]:
    """The lines by each form of their first word."""
    found: dict[str, list[Sequence[frozenset[str]]]] = {}
    for line in _lines(text):
        forms = _forms(line, code)
        for first in forms[0]:
            found.setdefault(first, []).append(forms)
    return found


def _forms(text: str, code: str) -> list[frozenset[str]]:
    """The forms of each word by which it is compared: its tokens, or the word as it is written."""
    found = words(text, code)
    if code not in _BY_FORM:
        return [frozenset(word.tokens) for word in found]
    plain = [word.plain for word in found]
    return [frozenset({one, one[1:]} if code == "ar" and one.startswith(_ARABIC_BEFORE) else {one}) for one in plain]


def _stands_in(lines: Mapping[str, Sequence[Sequence[frozenset[str]]]], said: Sequence[frozenset[str]]) -> bool:
    return any(
        len(line) <= len(said) - at and all(wanted & here for wanted, here in zip(line, said[at:], strict=False))
        for at, forms in enumerate(said)
        for form in forms
        for line in lines.get(form, ())
    )
