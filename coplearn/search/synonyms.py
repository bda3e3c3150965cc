"""Words that people type for what the courses call otherwise, by language: each line is one meaning.

Whoever searches for one of a line finds the others as well. A line may hold expressions of several words; of the others only
single words are searched for. The courses choose careful words; frightened people type the ones they hear.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from coplearn.i18n.analysis import Word, searched

_EN: Final = """
blackmail|sextortion|extortion|threat|threaten|threats
kid|child|son|daughter|boy|girl|teen|teenager|baby
pupil|student|schoolchild
nude|naked|nudes|private picture|intimate|sext
picture|photo|image|pic|pics
delete|remove|removal|takedown|take down|erase
suicide|suicidal|kill himself|kill herself|kill themselves|kill myself|end his life|end her life|wants to die|want to die|dying
bully|bullying|bullied|cyberbullying|harass|harassment|mobbing
porn|porno|pornography|pornographic
groomer|grooming|predator|paedophile|pedophile|luring
screen time|screentime|too much phone|phone addiction|gaming addiction|screen|balance
password|hacked|hacker|account
chatbot|robot|chatgpt|companion|chatbots
deepfake|deepfakes|nudify|fake picture
disclose|disclosure|tells me|told me|confides
hotline|helpline|phone number|call for help
loot box|in-app purchase|purchases|microtransactions
"""
_ES: Final = """
chantaje|chantajear|chantajean|sextorsión|extorsión|extorsionar|amenaza|amenazas|amenazar
niño|niña|hijo|hija|menor|menores|chico|chica|bebé|adolescente
alumno|alumna|alumnado|estudiante
desnudo|desnuda|desnudos|íntima|íntimas|nudes|packs
foto|imagen|imágenes|fotografía
borrar|eliminar|quitar|retirar|retirada
suicidio|suicidarse|matarse|quitarse la vida|quiere morir|no quiere vivir|morir
acoso|bullying|ciberacoso|ciberbullying|acosan|acosar
porno|pornografía|pornográfico
grooming|captación|pederasta|depredador|engaño sexual
tiempo de pantalla|horas de pantalla|adicción al móvil|adicción al celular|pantalla|equilibrio
contraseña|hackeado|hackearon|pirateado|cuenta
chatbot|chatbots|robot|asistente virtual
deepfake|ultrafalso|deepfakes|imagen falsa
revelación|me cuenta|me contó|revela
teléfono de ayuda|línea de ayuda|ayuda telefónica|línea
compras|gastos|cajas de botín|micropagos
"""
_FR: Final = """
chantage|sextorsion|extorsion|menace|menaces|menacer
enfant|fils|fille|garçon|ado|adolescent|mineur|gamin
élève|élèves|écolier|collégien|lycéen
nu|nue|nues|nudes|intime|intimes|dénudée
photo|image|cliché
supprimer|retirer|enlever|effacer|suppression|retrait
suicide|suicider|se tuer|parle de mourir|veut mourir|envie de mourir|mourir|mort
harcèlement|cyberharcèlement|harceler|harcelé|harcelée|intimidation
porno|pornographie|pornographique
grooming|pédopiégeage|sollicitation|prédateur|pédophile|manipulation psychologique
temps d'écran|temps d’écran|trop d'écran|addiction au téléphone|écran|équilibre
mot de passe|piraté|piratage|compte
chatbot|chatbots|robot|conversationnel|robots
deepfake|hypertrucage|deepfakes|trucage
révélation|se confie|m'a dit|me raconte
numéro d'aide|ligne d'écoute|écoutant
achats|dépenses|lootbox
"""
_RU: Final = """
шантаж|шантажировать|шантажируют|вымогательство|угрозы|угрожают|угроза|угрожать
ребенок|дети|сын|дочь|мальчик|девочка|подросток|сына|дочери|дочка
ученик|ученица|школьник|школьница|учащийся
голый|голая|голые|обнаженный|интимный|интимные|интим|нюдсы
фото|снимок|снимки|фотография|картинка|изображение
удалить|удаление|убрать|стереть
самоубийство|суицид|покончить с собой|убить себя|не хочет жить|хочет умереть|умереть|смерть|смерти
травля|травят|травить|буллинг|кибербуллинг|кибертравля|издеваются|обижают
порно|порнография|порнографический
груминг|педофил|растление|совращение
времени у экрана|экранное время|зависимость от телефона|зависимость от игр|экран|равновесие
пароль|взломали|взлом|аккаунт
чат-бот|чат-боты|бот|робот|боты
дипфейк|дипфейки|подделка|подделали
рассказал мне|рассказывает мне|признался
телефон доверия|горячая линия|линия помощи|линия
покупки|траты|лутбокс|деньги
"""
_AR: Final = """
ابتزاز|يبتز|تهديد|يهدد|تهديدات
طفل|ابن|ابني|ابنتي|بنت|ابنة|ولد|مراهق|ولدي
تلميذ|طالب|طالبة|تلميذة
عارية|عاري|حميمة|فاضحة|خاصة
صورة|صور
حذف|إزالة|مسح|سحب|إزالتها
انتحار|ينتحر|قتل نفسه|قتل نفسها|يريد أن يموت|الموت|موت
تنمر|مضايقة|إيذاء|تسلط
إباحية|إباحي|بورنو|مواد إباحية
استمالة|استدراج|إغواء|تغرير|متحرش
وقت الشاشة|إدمان الهاتف|إدمان الألعاب|شاشة|شاشات|توازن|التوازن
كلمة السر|كلمة المرور|اختراق|حساب
روبوت|روبوتات|شات بوت
تزييف عميق|مزيفة|مزيف|زائفة
أخبرني|يحكي لي|إفصاح
خط المساعدة|رقم المساعدة|خط نجدة|خطوط
مشتريات|شراء|إنفاق
"""
_ZH: Final = """
勒索|敲诈|威胁|要挟
裸照|私密照|裸体|私密|性图像
照片|图片|图像
删除|撤下|移除|删掉|下架
自杀|想死|轻生|不想活|说到死|寻死
欺凌|霸凌|网暴|网络暴力|欺负
色情|黄色|淫秽
诱骗|诱奸|恋童
屏幕时间|手机上瘾|网瘾|沉迷|屏幕|平衡
密码|被盗|盗号|账号
聊天机器人|机器人|虚拟女友
深度伪造|换脸|假图片
热线|求助电话|求助热线
充值|氪金|购买|花钱
"""
_HY: Final = """
շանտաժ|շորթում|սպառնալիք|սպառնալ
երեխա|որդի|դուստր|տղա|աղջիկ|պատանի
աշակերտ|սովորող
լուսանկար|նկար|պատկեր
բուլինգ|հալածանք|կիբերբուլինգ
"""
LINES: Final = {
    code: tuple(tuple(one.strip() for one in row.split("|")) for row in text.strip().splitlines())
    for code, text in (("en", _EN), ("es", _ES), ("fr", _FR), ("ru", _RU), ("ar", _AR), ("zh", _ZH), ("hy", _HY))
}


def widened(typed: Sequence[Word], locale: str) -> list[frozenset[str] | None]:
    """The tokens to search for in place of each word: its own and what else is said for it. An expression of several words
    stands at its first one; at the others is None."""
    groups: list[frozenset[str] | None] = [frozenset(word.tokens) for word in typed]
    for line, single in _lines(locale):
        for expression in line if single else ():
            at = _stands(groups, expression)
            if at is None:
                continue
            own = groups[at] if len(expression) == 1 else None
            groups[at] = (own or frozenset()) | single
            groups[at + 1 : at + len(expression)] = [None] * (len(expression) - 1)
            break
    return groups


def _stands(groups: Sequence[frozenset[str] | None], expression: Sequence[frozenset[str]]) -> int | None:
    for at in range(len(groups) - len(expression) + 1):
        here = groups[at : at + len(expression)]
        if all(group and group & wanted for group, wanted in zip(here, expression, strict=True)):
            return at
    return None


@lru_cache(maxsize=16)
def _lines(locale: str) -> tuple[tuple[tuple[tuple[frozenset[str], ...], ...], frozenset[str]], ...]:
    """Each line's expressions, long ones first, and the tokens of its single words."""
    found = []
    for row in LINES.get(locale.partition("_")[0], ()):
        cut = [tuple(frozenset(word.tokens) for word in searched(one, locale)) for one in row]
        cut = sorted((one for one in cut if one), key=len, reverse=True)
        single = frozenset(token for one in cut if len(one) == 1 for token in one[0])
        found.append((tuple(cut), single))
    return tuple(found)
