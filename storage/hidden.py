"""Columns that no statement names: a row's number in its table, and whether it is still there.

Names in SQL hold no NUL character, so no user's column is called as these are.
"""

ROW_COLUMN = "\0row"
LIVE_COLUMN = "\0live"
