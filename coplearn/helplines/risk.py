"""Words that suggest that a child is at risk now: help is then shown before anything else.

A list a language, in the words that frightened people type, their slips among them; the field's own terms are in the glossaries.
A line counts when all of its words are searched for, in any form. Too many are better than too few: what is shown is a card with
the way to help, and everything that was found stands below it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from coplearn.helplines.calm import CALM
from coplearn.i18n.analysis import folded, searched, words

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
kill myself|want to die|wants to die|wanna die|hurt myself|cut myself|cutting myself|starve myself|don’t want to live
not want to live
don’t want to be alive|end my life|i was abused|i was raped|i was molested|i was groomed|i was blackmailed|i am being abused
i am being blackmailed|am blackmailed|am being bullied|touched me|touches me|touching me|raped me|rapes me|raping me|molests me
molested me|abuses me|abused me|abusing me|assaulted me|hits me|hit me|hitting me|beats me|beating me|beat me|hurts me|hurt me
hurting me|kicks me|chokes me|locks me|blackmails me|blackmailing me|blackmailed me|threatens me|threatening me|threatened me
bullies me|bullying me|stalks me|stalking me|follows me home|afraid to go home|scared to go home|afraid of my dad
afraid of my father
afraid of my stepfather|scared of my dad|scared of my father|scared of my stepfather|my nudes|nudes of me|naked photos of me
naked pictures of me|nude photos of me|nude pictures of me|photos of me naked|pictures of me naked|makes me undress|made me undress
forces me to send|forces me to undress|forced me to send|forced me to undress|made me send|makes me send
""",
    "es": """
quiero morir|quiero morirme|quiero matarme|voy a matarme|quiero suicidarme|voy a suicidarme|no quiero vivir
no quiero seguir viviendo|me corto|me violaron|me violó|me viola
abusó de mí|abusaron de mí|abusa de mí|abusan de mí|me manosea|me manoseó|me tocó el cuerpo|me toca el cuerpo|me toca por
me tocó por|me toca cuando|me tocó cuando|me toca donde|me tocó donde|me toca las|me toca los|padrastro me toca|tío me toca
padre me toca|me chantajea|me chantajean|me amenaza|me amenazan|me amenazó|me pegan|me pega|me pegó|me golpea|me golpean|me golpeó
me maltrata|me maltratan|me acosa|me acosan|me hace daño|me hacen daño|me hizo daño|me obliga a mandar|me obligó a mandar
me obliga a desnudarme|fotos mías|fotos de mí|miedo de volver a casa|miedo de ir a casa|miedo a mi padre|miedo de mi padre
miedo a mi padrastro
""",
    "fr": """
me tuer|me suicider|envie de mourir|veux mourir|veux plus vivre|veux pas vivre|me scarifie|je me coupe|me mutile|j’ai été violée
j’ai été violé|j’ai été abusée|j’ai été abusé|m’a violée|m’a violé|me viole|abuse de moi|a abusé de moi|m’a touchée|m’a touché
il me touche|elle me touche|père me touche|oncle me touche|frère me touche|me touche la nuit|me touche partout|me touche le
me fait chanter|me menace|me menacent|m’a menacé|m’a menacée|me frappe|me frappent|m’a frappé|m’a frappée|me bat|m’a battu
m’a battue
me tape|me fait du mal|me font du mal|m’a fait du mal|me harcèle|me harcèlent|photos de moi|peur de rentrer
peur de mon père|peur de mon beau-père|m’oblige à envoyer|m’oblige à me déshabiller|me force à me déshabiller
""",
    "ru": """
хочу умереть|хочет умереть|не хочу жить|не хочет жить|не хочется жить|хочу покончить|меня изнасиловали|меня изнасиловал
изнасиловал меня|насилует меня|меня насилует|меня бьют|меня бьет|бьет меня|бьют меня|избил меня|меня избил|меня избили
меня шантажируют|меня шантажирует|шантажирует меня|шантажируют меня|мне угрожают|мне угрожает|угрожает мне|угрожают мне|меня трогал
трогал меня|трогает меня|лапает меня|меня лапает|домогается меня|меня домогается|ко мне пристает|пристает ко мне|меня травят
травят меня|меня преследует|делает мне больно|режу себя|мои голые фото|мои интимные фото|моими голыми фото|моими интимными фото
боюсь идти домой|боюсь возвращаться домой|боюсь отца|боюсь отчима|боюсь папу
""",
    "ar": """
أريد أن أموت|يريد أن يموت|تريد أن تموت|أريد الموت|بدي أموت|عايز أموت|عايزة أموت|بغيت نموت|لا أريد أن أعيش|لا أريد العيش|أقتل نفسي
سأنتحر|أنتحر|أؤذي نفسي|أجرح نفسي|يبتزني|تبتزني|ابتزني|يبتزونني|يهددني|تهددني|هددني|يهددونني|هددوني|يتحرش بي|تحرش بي|تحرشوا بي
يتحرشون بي|اغتصبني|يغتصبني|اغتصبوني|يضربني|تضربني|ضربني|ضربتني|يضربونني|ضربوني|اعتدى علي|يعتدي علي|اعتدوا علي|يلمسني|تلمسني|لمسني
لمستني|يلمس جسدي|لمس جسدي|يقيسني|يستغلني|استغلني|يؤذيني|تؤذيني|آذاني|يتنمرون علي|يطاردني|يلاحقني|صوري العارية|صوري الخاصة
صور عارية لي
أخاف أن أعود|أخاف العودة إلى البيت|أخاف من أبي|أخاف من زوج أمي|أخاف من عمي|أخاف من خالي
""",
    "zh": """
我想死|想自杀|不想活了|我不想活|我被性侵|我被强奸|我被猥亵|我被欺负|我被打|摸我|碰我|威胁我|恐吓我|勒索我|打我|性侵我|侵犯我|强奸我|强奸了我|强暴我
猥亵我|猥亵了我|侵犯了我|性侵了我|虐待我|伤害我|骚扰我|欺负我|霸凌我|跟踪我|我的裸照|我的私密照|我的不雅照|割自己|我割腕|我自残|不敢回家|害怕回家|怕回家
逼我拍|逼我发|让我脱
""",
    "hy": """
ուզում եմ մեռնել|ուզում է մեռնել|չեմ ուզում ապրել|ինձ բռնաբարել|բռնաբարել է ինձ|ինձ բռնաբարում|բռնաբարում է ինձ|ինձ բռնաբարեց
ինձ ծեծում
ծեծում է ինձ|ծեծում են ինձ|ինձ ծեծել|ինձ ծեծեց|ինձ խփում|խփում է ինձ|ինձ սպառնում|սպառնում է ինձ|սպառնում են ինձ|ինձ շանտաժ
ինձ շանտաժի
շանտաժի է ենթարկում ինձ|ինձ դիպչում|դիպչում է ինձ|ինձ դիպչել|ինձ շոշափում|շոշափում է ինձ|ինձ շոշափել|ինձ վնասում|վնասում է ինձ
ինձ ցավեցնում
ցավեցնում է ինձ|ինձ հետապնդում|հետապնդում է ինձ|ինձ ոտնձգություն|իմ մերկ|կտրում եմ ինձ|վախենում եմ տուն գնալ|վախենում եմ գնալ տուն
վախենում եմ վերադառնալ տուն|վախենում եմ հորիցս|վախենում եմ խորթ հորիցս
""",
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


def telling_lines(code: str) -> tuple[str, ...]:
    """The lines in which people say what is done to them, in that locale: words of a line count in a row alone."""
    return _lines(_NOW.get(code.partition("_")[0], ""))


def suggests_risk(typed: str, locales: tuple[str, ...]) -> bool:
    """Whether what was typed suggests that a child is at risk, read in any of those locales' codes."""
    # What is calm in one language is taken out for that alone: the same letters may be a cry in another.
    heard = [(_without_calm(typed, code), code) for code in locales]
    return any(_speaks_of_self(said, code.partition("_")[0]) or _names_harm(said, code) for said, code in heard)


def _without_calm(typed: str, code: str) -> str:
    """The text without expressions that only sound like harm, such as "hit me up"."""
    calm = CALM.get(code.partition("_")[0])
    plain = folded(unicodedata.normalize("NFKC", typed).casefold()) if calm is not None else ""
    # A word of no list stands in the gap: what was apart stays so.
    return calm.sub(" 0 ", plain) if calm is not None and calm.search(plain) else typed


def _names_harm(typed: str, code: str) -> bool:
    here = {token for word in searched(typed, code) for token in word.tokens}
    return any(wanted and all(group & here for group in wanted) for wanted in _wanted(code))


def _speaks_of_self(typed: str, code: str) -> bool:
    return code in _NOW and _stands_in(_in_a_row(_NOW[code], code), _forms(typed, code))


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
    sentence = _without_calm(sentence, code)
    if _speaks_of_self(sentence, code):
        return True
    is_of_somebody = _stands_in(_in_a_row(_SOMEBODY[code], code), _forms(sentence, code))
    return is_of_somebody and _names_harm(sentence, code)


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
        len(line) <= len(said) - at
        and all(wanted & here for wanted, here in zip(line, said[at : at + len(line)], strict=True))
        for at, forms in enumerate(said)
        for form in forms
        for line in lines.get(form, ())
    )
