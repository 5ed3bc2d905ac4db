"""Templates that no long run has been through yet: `make fuzz` uses them, the tests do not."""

from __future__ import annotations

UNSETTLED = frozenset(
    """\
RECURSIVE
SERIES
POSITION({text} IN {text})
LEVENSHTEIN(CAST({int} AS TEXT), CAST({date} AS TEXT))
DATE_DIFF('{diffunit}', {date}, {date})
LAST_DAY({date})
MAKE_DATE(2001, EXTRACT(month FROM {date}), 28)
CONCAT_WS({letter}, {text}, {text})
TRANSLATE({text}, 'ab', 'b')
CHR(NULLIF(ASCII({text}), 0))
MD5({text})
({text} SIMILAR TO 'a(b|c)*')
ARG_MIN({small:s}, {small} * 1000 + {id})
QUANTILE_DISC({int}, {share})
FIRST({int} ORDER BY {id})
LAST({int} ORDER BY {id})
MEDIAN({exact})
QUANTILE_CONT({exact}, {share})
FIRST({date} ORDER BY {id} DESC)
ARG_MAX({text}, {id})
STRING_AGG({text}, ',' ORDER BY {id})
STRING_AGG(DISTINCT {text:t}, '+' ORDER BY {t})
LAST({text} ORDER BY {id})
""".splitlines()
)
