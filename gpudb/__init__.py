"""An analytics database inside a Python process."""
