"""What a producer would type into a file: names, people's units, one record on each line."""

from typing import Any

__all__ = ["AT", "PLACES", "magnets", "ores"]

AT = "2026-02-01T00:00:00Z"
PLACES: list[dict[str, Any]] = [
    {"as": "pit", "type": "facility", "at": AT, "name": "Wattle pit", "country": "AU"},
    {"as": "works", "type": "facility", "at": AT, "name": "Works 稀土", "country": "AU"},
]


def ores(count: int, taken: str = "40 t") -> list[dict[str, Any]]:
    """So many sources, each followed by a process on it."""
    records: list[dict[str, Any]] = []
    for number in range(count):
        records += [
            {
                "as": f"ore{number}",
                "type": "source",
                "at": AT,
                "facility": "pit",
                "origin": {"kind": "mined", "mineral": "monazite"},
                "outputs": [
                    {"lot": f"C-{number}", "material": "concentrate", "mass": "100 t", "composition": {"Nd": "6.2 %"}}
                ],
            },
            {
                "as": f"oxide{number}",
                "type": "process",
                "at": AT,
                "facility": "works",
                "steps": ["leach", "separate", "calcine"],
                "inputs": [{"batch": f"ore{number}#0", "mass": taken}],
                "outputs": [{"lot": f"O-{number}", "material": "oxide", "mass": "3 t", "composition": {"Nd": "80 %"}}],
            },
        ]
    return records


def magnets() -> list[dict[str, Any]]:
    """From the first oxide to a magnet."""
    return [
        {
            "as": "metal",
            "type": "process",
            "at": AT,
            "facility": "works",
            "steps": ["reduce"],
            "inputs": [{"batch": "oxide0#0", "mass": "1 t"}],
            "outputs": [{"material": "metal", "mass": "790 kg", "composition": {"Nd": "99 %"}}],
        },
        {
            "as": "magnet",
            "type": "process",
            "at": AT,
            "facility": "works",
            "steps": ["alloy", "strip-cast", "jet-mill", "press", "sinter", "magnetize"],
            "inputs": [{"batch": "metal#0", "mass": "300 kg"}],
            "additions": [
                {"material": "iron", "mass": "690 kg", "composition": {"Fe": "99 %"}},
                {"material": "ferroboron", "mass": "60 kg", "composition": {"Fe": "80 %", "B": "18 %"}},
            ],
            "outputs": [
                {
                    "material": "magnet",
                    "magnet_type": "NdFeB",
                    "consolidation": "sintered",
                    "mass": "1 t",
                    "composition": {"Nd": "29 %", "Fe": "69 %", "B": "1 %"},
                }
            ],
        },
    ]
