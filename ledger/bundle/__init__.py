"""The file that an auditor or buyer takes away, and its verification offline."""
