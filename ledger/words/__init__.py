"""What people read, in English and Chinese: the words of codes (`vocabulary`) and sentences (`catalogue`).

English is the text in the code, `_("Batches in custody")`; Chinese is in `zh/<domain>.po`, one file for each part of
the house, read at first use. A sentence without a translation fails `make check`; should one be met all the same, it is
shown in English.
"""
