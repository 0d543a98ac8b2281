"""What people hand over: reports as HTML and PDF, tables, labels. Values in, bytes out, the same bytes each time."""
