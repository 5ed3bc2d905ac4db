"""The words of the reference on window functions: what each gives, and an example."""

from __future__ import annotations

_W = "FROM (VALUES (1), (2), (2)) t(x) ORDER BY 1 DESC NULLS LAST LIMIT 1"

WINDOW_LINES: dict[str, tuple[str, str, str]] = {
    "row_number": (
        "The row's number in its partition.",
        f"row_number() OVER (ORDER BY x) {_W}",
        "3",
    ),
    "rank": ("The row's rank, with gaps behind equal ones.", f"rank() OVER (ORDER BY x) {_W}", "2"),
    "dense_rank": ("The rank without gaps.", f"dense_rank() OVER (ORDER BY x) {_W}", "2"),
    "percent_rank": ("The rank from 0 to 1.", f"percent_rank() OVER (ORDER BY x) {_W}", "0.5"),
    "cume_dist": (
        "The share of rows that come no later.",
        f"cume_dist() OVER (ORDER BY x) {_W}",
        "1",
    ),
    "lag": ("The value of an earlier row.", f"lag(x) OVER (ORDER BY x) {_W}", "2"),
    "lead": ("The value of a later row.", f"lead(x) OVER (ORDER BY x) {_W}", "2"),
    "ntile": ("The row's part of n equal ones.", f"ntile(2) OVER (ORDER BY x) {_W}", "2"),
    "forward_fill": (
        "The last value that is not NULL, up to here.",
        f"forward_fill(x) OVER (ORDER BY x) {_W}",
        "2",
    ),
    "backward_fill": (
        "The next value that is not NULL, from here.",
        f"backward_fill(x) OVER (ORDER BY x) {_W}",
        "2",
    ),
    "conditional_change_event": (
        "How often the value has changed so far.",
        f"conditional_change_event(x) OVER (ORDER BY x) {_W}",
        "1",
    ),
    "first_value": ("The frame's first value.", f"first_value(x) OVER (ORDER BY x) {_W}", "1"),
    "last_value": ("The frame's last value.", f"last_value(x) OVER (ORDER BY x) {_W}", "2"),
    "nth_value": ("The frame's n-th value.", f"nth_value(x, 1) OVER (ORDER BY x) {_W}", "1"),
    "lag_in_frame": (
        "The value of an earlier row of the frame.",
        f"lag_in_frame(x) OVER (ORDER BY x ROWS 1 PRECEDING) {_W}",
        "2",
    ),
    "lead_in_frame": (
        "The value of a later row of the frame.",
        f"lead_in_frame(x, 1, 0) OVER (ORDER BY x ROWS 1 PRECEDING) {_W}",
        "0",
    ),
    "first_value_in_frame": (
        "`first_value`.",
        f"first_value_in_frame(x) OVER (ORDER BY x ROWS 1 PRECEDING) {_W}",
        "2",
    ),
    "last_value_in_frame": (
        "`last_value`.",
        f"last_value_in_frame(x) OVER (ORDER BY x ROWS 1 PRECEDING) {_W}",
        "2",
    ),
    "nth_value_in_frame": (
        "`nth_value`.",
        f"nth_value_in_frame(x, 2) OVER (ORDER BY x ROWS 1 PRECEDING) {_W}",
        "2",
    ),
}
