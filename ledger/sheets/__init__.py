"""Spreadsheets in: workbooks and CSV files of people into drafts of records, with a remark at every cell that is wrong.

Bytes in, values out: nothing here asks a ledger, reads a clock, evaluates a formula or follows a link.

    bytes ─▶ read (xlsx, csvs) ─▶ Table ─▶ parse (kinds, cells, records) ─▶ Parsed ─▶ settle ─▶ Settled
             limits, no formulas            every mistake at its cell         names, lots, order of time
"""
