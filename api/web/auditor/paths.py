"""Addresses of auditors' pages."""

__all__ = ["audit_path", "receipt_path"]


def audit_path(name: str) -> str:
    """The address of a batch's audit."""
    record, _, place = name.partition("#")
    return f"/a/batches/{record}/{place}"


def receipt_path(record: object) -> str:
    """The address of a record's receipt."""
    return f"/o/records/{record}/receipt"
