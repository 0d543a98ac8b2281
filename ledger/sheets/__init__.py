"""Workbooks of producers: templates out, drafts of records and remarks at cells in. Bytes in, values out."""
