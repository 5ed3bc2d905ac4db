"""CSV rows that do not fit: where they are, and how many may be skipped."""

from __future__ import annotations

from pathlib import Path

from gpudb.storage.types import (
    BIGINT,
    TEXT,
    TINYINT,
    decimal,
)
from tests.plain.storage.csv_samples import message_of, rows_of, source_of


def test_a_value_that_does_not_fit_is_placed_exactly(tmp_path: Path) -> None:
    hint = "; nothing was loaded (WITH (max_reject = n) skips such rows)"
    target = {"n": TINYINT, "s": TEXT, "p": decimal(5, 2)}
    text = 'n,s,p\n1,"two\nlines",1\n\n2,b,1\n300,c,1\n4,d,1\n'
    assert message_of(source_of(tmp_path, text, target=target)) == (
        f"'a.csv', line 6, column 'n': the value '300' does not fit TINYINT{hint}"
    )
    text = "n,s,p\r\n1,a,1\r\n2,b,1.005\r\n"
    assert message_of(source_of(tmp_path, text, target=target)) == (
        f"'a.csv', line 3, column 'p': the value '1.005' does not fit DECIMAL(5,2){hint}"
    )
    assert message_of(source_of(tmp_path, "n,s,p\n1,a,1\n2,b\n", target=target)) == (
        f"'a.csv', line 3: the row has 2 values where 3 are expected{hint}"
    )
    assert message_of(source_of(tmp_path, b"n,s,p\n1,a,1\n2,b\xff,1\n", target=target)) == (
        f"'a.csv', line 3, column 's': the value 'b\ufffd' is not UTF-8 (byte 0xff){hint}"
    )


def test_the_first_bad_row_far_into_a_file(tmp_path: Path) -> None:
    rows = [f"{n},text {n}" for n in range(400_000)]
    rows[350_000] = "x350000,text"
    rows[390_000] = "x390000,text"
    source = source_of(tmp_path, "n,s\n" + "\n".join(rows) + "\n")
    assert message_of(source).startswith(
        "'a.csv', line 350002, column 'n': the value 'x350000' does not fit BIGINT"
    )


def test_rejects_are_kept_up_to_a_limit(tmp_path: Path) -> None:
    text = "n,s\n1,a\nx,b\n3\n4,d\n5,e,f\n"
    source = source_of(tmp_path, text, target={"n": BIGINT, "s": TEXT}, max_reject=3)
    for _ in range(2):
        assert rows_of(source) == [(1, "a"), (4, "d")]
        path = source.paths[0]
        assert [tuple(row.values()) for row in source.rejects.table().to_pylist()] == [
            (path, 3, "n", "x", "does not fit BIGINT", "x,b"),
            (path, 4, None, None, "the row has 1 values where 2 are expected", "3"),
            (path, 6, None, None, "the row has 3 values where 2 are expected", "5,e,f"),
        ]
    source = source_of(tmp_path, text, target={"n": BIGINT, "s": TEXT}, max_reject=2)
    assert message_of(source) == (
        "'a.csv', line 6: the row has 3 values where 2 are expected; nothing was loaded, since "
        "more than max_reject = 2 rows do not fit"
    )


def test_the_first_bad_row_is_named_not_that_of_the_first_column(tmp_path: Path) -> None:
    text = "n,m\n1,1\n2,y\nx,3\n"
    target = {"n": BIGINT, "m": BIGINT}
    assert message_of(source_of(tmp_path, text, target=target)).startswith(
        "'a.csv', line 3, column 'm': the value 'y' does not fit BIGINT"
    )


def test_many_rejects(tmp_path: Path) -> None:
    rows = [f"{n if n % 7 else 'x'},{n}" for n in range(20_000)]
    text = "n,m\n" + "\n".join(rows)
    source = source_of(tmp_path, text, target={"n": BIGINT, "m": BIGINT}, max_reject=10_000)
    assert [m for _, m in rows_of(source)] == [n for n in range(20_000) if n % 7]
    assert source.rejects.table()["line"].to_pylist() == [n + 2 for n in range(0, 20_000, 7)]


def test_a_quote_that_never_ends(tmp_path: Path) -> None:
    source = source_of(tmp_path, 'n,s\n1,a\n2,"b\n3,c\n', target={"n": BIGINT, "s": TEXT})
    assert message_of(source) == (
        "'a.csv', line 3: a quoted value begins in this row and never ends "
        "(WITH (quoted = false) takes quotes as characters)"
    )
