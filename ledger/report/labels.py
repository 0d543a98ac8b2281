"""The words of a report for people, in English and Chinese: one closed table.

Codes in a signed report never change; what a page prints for them is here. A code without a label is a mistake of ours.
"""

from typing import Literal

__all__ = ["LABELS", "Language", "label"]

Language = Literal["en", "zh"]

LABELS: dict[str, dict[str, tuple[str, str]]] = {
    "verdict": {
        "PASS": ("Pass", "通过"),
        "FAIL": ("Fail", "不通过"),
        "UNKNOWN": ("Unknown", "无法判定"),
    },
    "ground": {
        "chain": ("the chain itself", "供应链本身"),
        "recycled": ("made from recycled material", "由回收材料制成"),
        "cots": ("commercially available off-the-shelf item", "市售现货产品"),
        "electronic-device": ("electronic device", "电子装置"),
        "waiver": ("waiver", "豁免"),
        "clause-not-applicable": ("clause not applicable", "条款不适用"),
    },
    "basis": {
        "traced": ("traced", "已追溯"),
        "declared": ("declared", "声明"),
        "recycled": ("recycled", "回收"),
        "unknown": ("unknown", "未知"),
        "not-done": ("not done yet", "尚未进行"),
    },
    "bucket": {
        "mined": ("Mined", "开采"),
        "beneficiated": ("Beneficiated", "选矿"),
        "refined": ("Refined into oxides", "精炼为氧化物"),
        "fluorinated": ("Fluorinated", "氟化"),
        "metals_and_alloys": ("Made into metals and alloys", "制成金属和合金"),
        "sintered_or_bonded": ("Sintered or bonded", "烧结或粘结"),
        "magnetized": ("Magnetized", "充磁"),
    },
    "reason": {
        "undisclosed": ("not disclosed", "未披露"),
        "undetermined": ("not determined", "未确定"),
        "not-declared": ("not declared", "未声明"),
        "not-recorded": ("not recorded", "未记录"),
        "compromised": ("recorded under a compromised key", "所用密钥已泄露"),
        "erased": ("erased since", "已删除"),
        "corrected-below-use": ("corrected below what was used", "更正后少于已使用量"),
    },
    "source": {
        "post_consumer_ppm": ("Post-consumer", "消费后回收"),
        "pre_consumer_ppm": ("Pre-consumer", "消费前回收"),
        "primary_ppm": ("Primary", "原生"),
        "unknown_ppm": ("Unknown", "未知"),
        "total_rare_earth": ("Total rare earth", "稀土总量"),
    },
    "completeness": {
        "traced_ppm": ("Traced", "已追溯"),
        "declared_ppm": ("Declared", "声明"),
        "unknown_ppm": ("Unknown", "未知"),
    },
    "met": {
        "yes": ("met", "达到"),
        "no": ("not met", "未达到"),
        "unknown": ("unknown", "无法判定"),
    },
}
"""kind -> code -> (English, Chinese)."""


def label(kind: str, code: str, language: Language = "en") -> str:
    """What a page prints for a code.

    Raises:
        KeyError: there is no such kind or code.
    """
    english, chinese = LABELS[kind][code]
    return chinese if language == "zh" else english
