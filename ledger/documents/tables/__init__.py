"""The auditor's tables: what an audit has proven, as rows for spreadsheets and programs (docs/tables.md)."""
