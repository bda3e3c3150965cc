"""Chinese in simplified characters."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, PatternCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

_ZH: Final = frozenset({"zh"})
_HAN: Final = "\u3400-\u9fff\uf900-\ufaff"
_MARKS: Final = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_TRADITIONAL: Final = (
    "們個來對說時國會為學這過還後發當應機關開見問題間頭長東車書電話點無經線給與兒網產業報導"
    "實體辦護險識認證讓變邊選擇錄類設計談請謝誰調課語讀記許該詳試誤細結約級紅純組織終絕統續維練總"
    "聯聽職腦臉舊藝處號觀規視覺親計訊訓訴診詞評話詢誠講論諸謊貴買賣資賴賽贏趕跡輕載輸農運遠適遲郵"
    "醫釋鐘錢錯鍵鎖鏡鏈門閉閱陣陰際隊階隨雖離難雲靜響頁項順須預領頻題額願風飛飯養馬驚驗鬆魚鳥麗麼"
    "傷備傳僅價億優內兩務動勝勞勢區協參員單嗎嚴園圍圖團場壓壞壯夠夢奪獎婦媽孫寫寶將專尋導屆屬島"
    "師帶幫幾廣廳異張強彈彙徑從復德態慣慮憂憶懷戰戲擊擔據擴攝敗敵數斷於時晚曉會條極樂標樣檔檢權歡歲"
    "歷殘氣決沒況溫滅滿漢漸潛災爭狀獨獲現環畫盡監盤眾礙確禮種稱積窮競筆節範築簡籤約編緊緒縣縮"
)
_HAN_LATIN: Final = re.compile(f"[{_HAN}]([ ]?)[A-Za-z0-9]|[A-Za-z0-9]([ ]?)[{_HAN}]")


class ZhPunctuation(PatternCheck):
    """Half-width signs stick to Chinese characters."""

    id = "zh-punctuation"
    severity = "W"
    message = N_("Beside Chinese characters, write the full-width sign.")
    languages: ClassVar = _ZH
    fixes = True
    pattern = re.compile(
        f"(?:(?<=[{_HAN}”’）》])|(?<=[{_HAN}”）][*_])|(?<=[{_HAN}”）][*_][*_]))[,;:?!](?![/\\d]) ?"
        f"|[,;:?!] ?(?=[*_]{{0,2}}[{_HAN}])"
    )

    @staticmethod
    def repair(found: re.Match[str]) -> str:
        """The full-width sign, which brings its own space."""
        return _MARKS[found[0][0]]


class ZhFullStop(PatternCheck):
    """A Latin full stop ends no Chinese sentence."""

    id = "zh-full-stop"
    severity = "W"
    message = N_("After a Chinese character, write 。 and not a dot.")
    languages: ClassVar = _ZH
    fixes = True
    pattern = re.compile(f"(?<=[{_HAN}”）])\\.(?=\\s|$|[{_HAN}”’」*_])")
    repair = "。"


class ZhTraditional(PatternCheck):
    """A reader of simplified characters stumbles over others."""

    id = "zh-traditional"
    severity = "W"
    message = N_("A traditional character stands in a text in simplified ones.")
    languages: ClassVar = _ZH
    pattern = re.compile(f"[{''.join(sorted(set(_TRADITIONAL) - set('晚德務')))}]")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Only in zh_Hans."""
        return super().hit(source, target, subject) if "Hant" not in subject.locale else None


class ZhSpacing(PairCheck):
    """Spaces beside Latin letters: with or without, but one way."""

    id = "zh-spacing"
    severity = "I"
    message = N_("Between Chinese characters and Latin words or numbers there is sometimes a space and sometimes none.")
    languages: ClassVar = _ZH

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Both ways within one text."""
        spaces = {bool(found[1] or found[2]) for found in _HAN_LATIN.finditer(target.masked)}
        return Hit() if len(spaces) > 1 else None


class ZhFullWidth(PatternCheck):
    """Full-width Latin letters look torn apart."""

    id = "zh-full-width"
    severity = "W"
    message = N_("Write Latin letters and digits in their usual width.")
    languages: ClassVar = _ZH
    fixes = True
    pattern = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")

    @staticmethod
    def repair(found: re.Match[str]) -> str:
        """The same letter, narrow."""
        return chr(ord(found[0]) - 0xFEE0)


_UNDER: Final = re.compile(r"\b(under|below|younger than|less than|fewer than)\s(?:the age of\s)?(\d+)", re.IGNORECASE)
_OVER: Final = re.compile(r"\b(over|above|older than|more than)\s(?:the age of\s)?(\d+)", re.IGNORECASE)


class ZhUnder(PairCheck):
    """Nine years 以下 is nine as well: the law says so."""

    id = "zh-under"
    severity = "W"
    message = N_("以下 and 以上 hold the number itself: for under %(number)s write 未满 or 不到, for over it 超过.")
    languages: ClassVar = _ZH

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The number of the source before 以下 or 以上, where the source leaves it out of the range."""
        if not source.has_digits or not ("以下" in target.raw or "以上" in target.raw):
            return None
        for pattern, word in ((_UNDER, "以下"), (_OVER, "以上")):
            for _, number in pattern.findall(source.plain):
                found = re.search(rf"(?<!\d){number}\s?[%％]?[\u3400-\u9fff]{{0,3}}?{word}(?!（不含)", target.raw)
                if found is not None:
                    return Hit(found.span(), params={"number": number})
        return None


class ZhPercent(PairCheck):
    """A number is put in as digits, and digits stand before the sign."""

    id = "zh-percent"
    severity = "W"
    message = N_("Before a place that is filled in, write no 百分之: the percent sign stands after it.")
    languages: ClassVar = _ZH
    fixes = True
    place: ClassVar = re.compile(r"百分之\s?(%\([A-Za-z_]\w*\)s|\{\{[^{}]*\}\}|\{[a-z_]+\})")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The word before a place; mended with the sign that the source's kind of places asks for."""
        found = self.place.search(target.raw)
        if found is None:
            return None
        sign = "%%" if found[1].startswith("%(") else "%"
        return Hit(found.span(), self.place.sub(rf"\g<1>{sign}", target.raw))
