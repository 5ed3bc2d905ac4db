"""Random tables whose rows meet by keys of every type, and joins of them."""

from __future__ import annotations

import random

KEYS = {
    "k": "INTEGER",
    "f": "BIGINT",
    "d": "DOUBLE",
    "w": "DECIMAL(38,0)",
    "s": "TEXT",
    "t": "DATE",
}


def random_table(rng: random.Random, rows: int) -> list[str]:
    """Return rows of values as SQL writes them: a number, then a key of each type."""
    far = 1_000_003_771
    written = []
    for number in range(rows):
        key = rng.randrange(1, 2 + 2 * rows // rng.choice((1, 1, 4)))
        values = (
            str(key), str(key * far), str(rng.choice((key / 4, -0.0, 0.5))),
            f"{key * far * far}", f"'ä{key % 50}'", f"DATE '2020-01-01' + {key}",
        )  # fmt: skip
        given = (value if rng.random() < 0.95 else "NULL" for value in values)
        written.append(f"({number}, {', '.join(given)})")
    return written


def random_query(rng: random.Random) -> str:
    """Return a join of two or three tables of random kinds, keys and sinks."""
    text, known = "a", ["a"]
    for name in rng.sample(["b", "c"], rng.randint(1, 2)):
        columns = rng.sample(list(KEYS), rng.choice((1, 1, 1, 2)))
        tests = [f"{rng.choice(known)}.{c} = {name}.{c}" for c in columns]
        side = rng.choice(("", "", "LEFT", "RIGHT", "FULL"))
        if side != "FULL" and rng.random() < 0.3:
            tests.append(f"{rng.choice(known)}.n % 5 < {name}.n % 7")
        text += f" {side} JOIN {name} ON {' AND '.join(tests)}"
        known.append(name)
    if rng.random() < 0.4:
        column, word = rng.choice(list(KEYS)), rng.choice(("IN", "NOT IN"))
        source = rng.choice((f"SELECT {column} FROM c", f"SELECT {column} FROM c WHERE n < 90"))
        text += f" WHERE a.{column} {word} ({source})"
    items = [f"{name}.{column}" for name in known for column in ("n", rng.choice(list(KEYS)))]
    form = rng.randrange(4)
    if form == 0:
        return f"SELECT count(*), sum(a.n), max({items[-1]}), min({items[1]}) FROM {text}"
    if form == 1:
        key = rng.choice(items)
        return f"SELECT {key}, count(*), sum({known[-1]}.n) FROM {text} GROUP BY {key}"
    order = ", ".join(f"{name}.n" for name in known)
    ending = f" ORDER BY {order} LIMIT {rng.randint(1, 60)}" if form == 2 else ""
    return f"SELECT {', '.join(items)} FROM {text}{ending}"
