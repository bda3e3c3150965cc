"""Remarks on a text about children: one that tells of a child at risk is known, and the words of the field are not in the way."""

from __future__ import annotations

import pytest

from coplearn.helplines.risk import suggests_risk, tells_of_a_child

TELLING = (
    "My daughter is being blackmailed by a man.",
    "We agree. A girl in my class was raped.",
    "I want to die.",
    "I was abused as a child, so I know.",
    "Mi hija sufre acoso en su escuela",
    "Un hombre chantajea a mi sobrina",
    "Ma fille est harcelée à l’école",
    "On m’a touchée.",
    "Мою дочь шантажируют.",
    "Моего сына бьют в школе",
    "ابنتي تتعرض للابتزاز",
    "يهدد رجل لابنتي بنشر صور خاصة",
    "我女儿被勒索",
    "我的学生想自杀",
    "Աղջիկս սպառնալիք է ստանում",
    "Տղաս բռնության է ենթարկվում",
)
OF_ONESELF = {
    "en": """
My stepfather touches me at night
He keeps touching me
My father hits me
My mum beats me every day
He raped me
A man is blackmailing me
He has naked photos of me
They have my nudes
I cut myself
I don't want to live anymore
I am scared to go home
My coach abuses me
someone threatens me online
He forced me to send pictures
I am being bullied and want to die
my uncle hurts me
he makes me undress
""",
    "es": """
Mi padrastro me toca por las noches
Mi padrastro me manosea
Mi padre me golpea
Un hombre abusa de mí
Me acosan y no quiero vivir
Tiene fotos mías desnuda
Me corto los brazos
Tengo miedo de volver a casa
Mi tío me hace daño
me obliga a mandar fotos
Me violó mi tío
""",
    "fr": """
Mon beau-père me touche la nuit
Il me touche
Mon père me bat
Il abuse de moi
Il a des photos de moi nue
Je ne veux plus vivre
J’ai peur de rentrer à la maison
Il m'a frappé
On me harcèle
Je me scarifie
Il m'a violée
mon oncle me fait du mal
""",
    "ru": """
Отчим трогает меня по ночам
Меня трогает отчим
Папа бьёт меня
Он изнасиловал меня
Он меня насилует
Мне угрожают
Он шантажирует меня
У него мои голые фото
Не хочу жить
Я режу себя
Боюсь идти домой
Тренер пристаёт ко мне
Он домогается меня
меня травят
""",
    "ar": """
زوج أمي يلمسني في الليل
عمي لمسني
أبي يضربني كل يوم
أمي تضربني
رجل يهددني بصوري
المدرب يتحرش بي
اغتصبني
بابا بيضربني
كيضربني با
بغيت نموت
عايزة أموت
لا أريد أن أعيش
أخاف أن أعود إلى البيت
أجرح نفسي
عنده صوري العارية
عمي يعتدي علي
خالي يؤذيني
""",
    "zh": """
继父晚上摸我
爸爸打我
他强奸了我
他威胁我
有人勒索我
他有我的裸照
我不想活了
我不敢回家
教练性侵我
叔叔碰我的身体
我割自己
同学欺负我
""",
    "hy": """
Խորթ հայրս գիշերը ինձ դիպչում է
Խորթ հայրս շոշափում է ինձ
Հայրս ինձ ծեծում է
Հայրս ծեծում է ինձ
Նա ինձ բռնաբարել է
Ինձ սպառնում են
Նա ինձ շանտաժի է ենթարկում
Չեմ ուզում ապրել
Ուզում եմ մեռնել
Վախենում եմ տուն գնալ
Նա իմ մերկ լուսանկարներն ունի
""",
}
CALM = {
    "en": """
hit me up on the weekend
It beats me why the app is slow
my friend beats me at chess
it hit me that I never asked
the app locks me out of my account
it kicked me out of the game
this story touched me
""",
    "es": """
se me corta la llamada
se me corta el video y no carga
me cortaron el internet
me corto el pelo
se me pega la canción
me pega un telefonazo
""",
    "fr": """
je me bats pour les droits des enfants
Ce qui me frappe dans ce texte
ce témoignage m’a touchée
je me coupe les cheveux
faute de frappe dans le message
""",
    "ru": """
меня бьёт током от зарядки
меня преследует реклама
меня трогает этот текст до глубины
закон преследует цель
""",
    "ar": """
جدول الضرب
يضرب مثلًا
بدي يضرب لي تلفون
الإعلانات يلاحقني
لمسني هذا النص
""",
    "zh": """
打我电话
打我的电话
有事打我手机
请打我们的热线
别打我办公室的电话
打我妈妈的手机号码
請打我電話
拨打我们的求助号码
别碰我的手机
谁碰我东西了
摸我的狗
侵犯我的隐私权
跟踪我的学习进度
视频总是被打断
文件被打开
怕回家太晚
让我脱口而出
""",
}
"""What sounds like harm and tells of none."""
NOT_CALM = {
    "en": """
he hit me up against the wall
my dad beats me at night
my dad beats me in the bathroom
the man in the course touched me
my uncle touched me and hit me up and down
he locks me out of the house
my stepfather kicks me out of the house
hit me up, he said, and then he hits me
it hurts me and he is hurting me
""",
    "es": """
me corto los brazos
me corto las piernas
se me corta la llamada cuando mi padre me pega
mi papá me pega en casa
""",
    "fr": """
mon père me frappe
il m’a touchée pendant le cours
je me coupe les bras
il me tape
""",
    "ru": """
отчим бьёт меня
меня преследует мужчина
меня трогает тренер
""",
    "ar": """
أبي يضربني بالهاتف
عمي لمسني
رجل يلاحقني
يضربون الطفل في المدرسة
""",
    "zh": """
爸爸打我
爸爸打我手机也砸了
他拍了打我的视频
他们打我的手机视频传到网上
别打我电话，他会打我
他打我电话威胁我
爸爸打我妈妈
叔叔碰我的身体
他碰我
摸我的头和身体
我在学校被打
头被打破了
跟踪我回家
""",
}
"""What begins like it and is harm."""
OF_THE_FIELD = (
    "The statement should say more on the prevention of suicide.",
    "I want to end with a word on suicide.",
    "It strikes me that the word is missing. This forces me to say no.",
    "Me toca opinar como madre.",
    "Falta la prevención del suicidio.",
    "Ce texte me touche beaucoup. Cela m’oblige à constater que rien n’est dit.",
    "Il manque la prévention du suicide.",
    "Это заставляет меня задуматься о насилии.",
    "这让我想到欺凌的问题。",
    "هذا النص يلامس واقعنا",
    "Add grooming and sexual extortion to the list of harms.",
    "States should make sure that every child who is abused gets help.",
    "In my view the word violence is missing in this paragraph. Every child counts.",
    "Our country has laws on abuse material; he or she is protected.",
    "As a mother I welcome it. Children must be safe from danger.",
    "Falta la explotación y el abuso. Todos los niños tienen derecho a protección.",
    "Me tocó leer este párrafo: mi organización propone añadir violencia.",
    "Il manque la violence en ligne. Mon organisation propose « harcèlement ».",
    "Мое предложение: добавить насилие и эксплуатацию. Каждый ребенок имеет право.",
    "أقترح إضافة الاستغلال والابتزاز إلى القائمة. لكل طفل الحق في الحماية من العنف",
    "我建议加上剥削和暴力。每个孩子都有权利。",
    "Առաջարկում եմ ավելացնել բռնություն և շահագործում։ Յուրաքանչյուր երեխա իրավունք ունի",
)


@pytest.mark.parametrize("said", TELLING)
def test_a_remark_that_tells_of_a_child_is_known(said: str) -> None:
    """In every language of the site, whatever language the page is in, and in the middle of a longer remark."""
    assert tells_of_a_child(f"This paragraph is good. {said} Thank you.")


@pytest.mark.parametrize("said", OF_THE_FIELD)
def test_words_of_the_field_alone_are_no_such_remark(said: str) -> None:
    """Whoever works on a statement about abuse writes of abuse."""
    assert not tells_of_a_child(said)


@pytest.mark.parametrize("code", OF_ONESELF)
def test_whoever_speaks_of_what_is_done_to_them_is_shown_help(code: str) -> None:
    """As a child or a frightened person types it, in either order of the words, also in the search of the site."""
    said = OF_ONESELF[code].strip().splitlines()
    assert [one for one in said if not tells_of_a_child(f"This paragraph is good. {one}. Thank you.")] == []
    assert [one for one in said if not suggests_risk(one, (code,))] == []


@pytest.mark.parametrize("code", CALM)
def test_what_only_sounds_like_harm_shows_no_help(code: str) -> None:
    """To be rung up, a call that breaks off, a table of sums: neither in the search nor in a remark."""
    said = CALM[code].strip().splitlines()
    assert [one for one in said if suggests_risk(one, (code,)) or tells_of_a_child(one)] == []


@pytest.mark.parametrize("code", NOT_CALM)
def test_harm_that_begins_like_it_is_still_heard(code: str) -> None:
    """The same words of a person who is harmed, also beside the calm ones."""
    assert [one for one in NOT_CALM[code].strip().splitlines() if not suggests_risk(one, (code,))] == []
