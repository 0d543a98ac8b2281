"""The command line: data on stdout, words on stderr, `--json` everywhere.

Exit codes: 0 good, 1 refused or failed, 2 wrong usage.
"""
