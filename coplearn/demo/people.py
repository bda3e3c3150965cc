"""Made-up people and places in the six languages; whoever bears one of these names, it is not they."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

NAMES: Final[Mapping[str, Sequence[str]]] = {
    "ar": (
        "سلمى العلوي", "يوسف بنعيسى", "مريم الإدريسي", "كريم الفاسي", "نادية الشرقاوي", "حسن المراكشي", "ليلى بنجلون",
        "عمر التازي", "فاطمة الزهراء الوزاني", "رشيد العمراني", "هدى السقاط", "أنس البكري", "سناء الحسني", "طارق الغزالي",
    ),
    "es": (
        "Lucía Vargas Mora", "Andrés Solís", "María José Rojas", "Diego Chaves", "Carmen Jiménez", "Esteban Quesada",
        "Paola Arias", "Mauricio Salas", "Ana Lucía Brenes", "Gabriel Ureña", "Silvia Campos", "Óscar Madrigal",
        "Natalia Céspedes", "Jorge Zúñiga",
    ),
    "fr": (
        "Élodie Favre", "Mathieu Rochat", "Aïcha Diallo", "Laurent Monnier", "Camille Perret", "Yves Chappuis",
        "Sophie Jaquet", "Nicolas Blanc", "Inès Carrel", "Olivier Gaillard",
    ),
    "en": (
        "Shanice Rolle", "Marvin Knowles", "Tamara Ferguson", "Keith Moss", "Denise Cartwright", "Andre Sands",
        "Latoya Bethel", "Curtis Lightbourne", "Monique Pinder", "Trevor Saunders",
    ),
    "ru": (
        "Айгуль Садыкова", "Тимур Осмонов", "Нургуль Асанова", "Сергей Ковалёв", "Жылдыз Абдыкеримова", "Марат Бекетов",
        "Елена Ли", "Бакыт Токтогулов",
    ),
    "zh_Hans_CN": ("陈静怡", "林志豪", "王美玲", "黄国强", "李思雨", "张伟明", "吴佳慧", "刘建国"),
}  # fmt: skip
ORGANISATIONS: Final[Mapping[str, Sequence[str]]] = {
    "ar": ("مدرسة النخيل", "الأكاديمية الجهوية", "جمعية بيت الأسرة"),
    "es": ("Escuela Los Robles", "Ministerio de Educación", "Fundación Puente"),
    "fr": ("École du Lac", "Service de la jeunesse", "Association Parents ensemble"),
    "en": ("Bay Street School", "Ministry of Education", "Family Line"),
    "ru": ("Школа № 12", "Министерство образования", "Фонд «Опора»"),
    "zh_Hans_CN": ("东海小学", "家庭服务中心", "青年协会"),
}
