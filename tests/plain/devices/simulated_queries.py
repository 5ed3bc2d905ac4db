"""The queries whose kernels numba.cuda's simulator runs."""

from __future__ import annotations

QUERIES = (
    "SELECT id, name FROM items WHERE amount > 10",
    "SELECT id, name FROM items WHERE name IS NULL OR weight < 3",
    "SELECT id * 3 - kind, amount / 7, weight / 3 FROM items WHERE kind <> 2",
    "SELECT id, label FROM items JOIN labels ON items.kind = labels.kind WHERE id < 50",
    "SELECT id, label FROM items LEFT JOIN labels ON items.kind = labels.kind AND weight > 9",
    "SELECT id FROM items WHERE kind IN (SELECT kind FROM labels)",
    "SELECT id FROM items WHERE NOT EXISTS (SELECT 1 FROM labels l WHERE l.kind = items.kind)",
    "SELECT id, kind FROM items ORDER BY kind LIMIT 9",
    "SELECT id, weight FROM items ORDER BY weight DESC NULLS LAST LIMIT 7 OFFSET 2",
    "SELECT far, count(*), min(id), sum(kind), bit_or(id) FROM items GROUP BY far",
    "SELECT far, wide, count(*), max(id), bit_xor(kind) FROM items GROUP BY far, wide",
    "SELECT weight, count(*), bit_and(id) FROM items GROUP BY weight",
    "SELECT DISTINCT wide, name FROM items",
)
