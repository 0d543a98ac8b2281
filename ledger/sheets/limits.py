"""How much of a file is read. Files come from strangers: every size is limited before anything grows with it."""

__all__ = [
    "MOST_BYTES",
    "MOST_CELLS",
    "MOST_COLUMNS",
    "MOST_ELEMENTS",
    "MOST_ENTRIES",
    "MOST_RATIO",
    "MOST_RECORDS",
    "MOST_ROWS",
    "MOST_SHEETS",
    "MOST_STRINGS",
    "MOST_TEXT",
    "MOST_UNPACKED",
]

MOST_BYTES = 8_000_000
"""The largest file."""
MOST_ENTRIES = 300
"""The most files inside a workbook, which is a zip file."""
MOST_UNPACKED = 64_000_000
"""The most bytes of all of them together, unpacked."""
MOST_RATIO = 250
"""How many times larger a file may become by unpacking, beyond its first megabyte."""
MOST_SHEETS = 40
MOST_ROWS = 10_000
"""The most rows with something in them, of all sheets together."""
MOST_COLUMNS = 200
MOST_CELLS = 400_000
MOST_ELEMENTS = 3_000_000
"""The most elements of XML in one part of a workbook."""
MOST_STRINGS = 200_000
"""The most texts that a workbook shares among its cells."""
MOST_TEXT = 2_000
"""The most characters in a cell: as many as a text in a record may have."""
MOST_RECORDS = 1_000
"""The most records in one file: as many as the ledger checks at once."""
