# Mistakes in CREATE, ALTER, DROP and COMMENT, each with its place.
CREATE TABLE u (a INTEGER, s TEXT)

CREATE TABLE u (b INTEGER)
----
error: table u exists already
line 1, column 14: CREATE TABLE u (b INTEGER)
                                ^

CREATE TABLE v (a INTEGER DEFAULT 'x')
----
error: column a of v: 'x' is not a valid INTEGER
line 1, column 35: CREATE TABLE v (a INTEGER DEFAULT 'x')
                                                     ^^^

CREATE TABLE v (a INTEGER DEFAULT b)
----
error: column b does not exist
line 1, column 35: CREATE TABLE v (a INTEGER DEFAULT b)
                                                     ^

CREATE TABLE v (a INTEGER DEFAULT sum(1))
----
error: an aggregate cannot stand in DEFAULT
line 1, column 35: CREATE TABLE v (a INTEGER DEFAULT sum(1))
                                                     ^^^^^^

CREATE TABLE v (a INTEGER DEFAULT (SELECT 1))
----
error: a subquery in DEFAULT is not supported yet
line 1, column 35: CREATE TABLE v (a INTEGER DEFAULT (SELECT 1))
                                                     ^^^^^^^^^^

CREATE TABLE v (a INTEGER DEFAULT 1, 2)
----
error: syntax error at 2: expected a column's name
line 1, column 38: CREATE TABLE v (a INTEGER DEFAULT 1, 2)
                                                        ^

CREATE TABLE v (a INTEGER DEFAULT)
----
error: syntax error: the statement ends too early; expected an expression
line 1, column 34: CREATE TABLE v (a INTEGER DEFAULT)
                                                    ^

CREATE TABLE v (a INTEGER, CHECK (b > 1))
----
error: column b does not exist; there are a
line 1, column 35: CREATE TABLE v (a INTEGER, CHECK (b > 1))
                                                     ^

CREATE TABLE v (a INTEGER CHECK (a + 1))
----
error: CHECK takes a BOOLEAN, not INTEGER
line 1, column 34: CREATE TABLE v (a INTEGER CHECK (a + 1))
                                                    ^^^^^

CREATE TABLE v (a INTEGER CHECK ())
----
error: syntax error: the statement ends too early; expected a condition
line 1, column 35: CREATE TABLE v (a INTEGER CHECK ())
                                                     ^

CREATE TABLE v (a INTEGER CHECK (count(*) > 1))
----
error: an aggregate cannot stand in CHECK
line 1, column 34: CREATE TABLE v (a INTEGER CHECK (count(*) > 1))
                                                    ^^^^^^^^

CREATE TABLE v (a INTEGER CHECK (a IN (SELECT 1)))
----
error: a subquery in CHECK is not supported yet
line 1, column 39: CREATE TABLE v (a INTEGER CHECK (a IN (SELECT 1)))
                                                         ^^^^^^^^^^

CREATE TABLE v (a INTEGER, CONSTRAINT x CHECK (a > 1), CONSTRAINT X CHECK (a > 2))
----
error: constraint X exists already
line 1, column 67: CREATE TABLE v (a INTEGER, CONSTRAINT x CHECK (a > 1), CONSTRAINT X CHECK (a > 2))
                                                                                     ^

CREATE TABLE v (a INTEGER, A TEXT)
----
error: column A is given twice
line 1, column 28: CREATE TABLE v (a INTEGER, A TEXT)
                                              ^

CREATE TABLE v (a INTEGER PRIMARY KEY)
----
error: PRIMARY KEY is not supported yet in CREATE TABLE
line 1, column 27: CREATE TABLE v (a INTEGER PRIMARY KEY)
                                             ^^^^^^^^^^^

CREATE OR REPLACE TABLE IF NOT EXISTS v (a INTEGER)
----
error: OR REPLACE and IF NOT EXISTS exclude each other
line 1, column 25: CREATE OR REPLACE TABLE IF NOT EXISTS v (a INTEGER)
                                           ^^

CREATE INDEX i ON u (a)
----
error: CREATE INDEX is not supported yet
line 1, column 8: CREATE INDEX i ON u (a)
                         ^^^^^

CREATE something
----
error: syntax error at something: expected TABLE, VIEW or SCHEMA
line 1, column 8: CREATE something
                         ^^^^^^^^^

ALTER TABLE nowhere ADD COLUMN a INTEGER
----
error: table nowhere does not exist
line 1, column 13: ALTER TABLE nowhere ADD COLUMN a INTEGER
                               ^^^^^^^

ALTER TABLE IF EXISTS nowhere ADD COLUMN a INTEGER

ALTER TABLE u ADD COLUMN a INTEGER
----
error: table u has a column a already
line 1, column 26: ALTER TABLE u ADD COLUMN a INTEGER
                                            ^

ALTER TABLE u ADD COLUMN b INTEGER DEFAULT a
----
error: column a does not exist
line 1, column 44: ALTER TABLE u ADD COLUMN b INTEGER DEFAULT a
                                                              ^

INSERT INTO u VALUES (1, 'x')

ALTER TABLE u ADD COLUMN b INTEGER NOT NULL
----
error: table 'u', column 'b', row 1: NULL in a column that is NOT NULL
line 1, column 26: ALTER TABLE u ADD COLUMN b INTEGER NOT NULL
                                            ^

ALTER TABLE u ADD COLUMN b INTEGER DEFAULT 5 CHECK (b > a + 10)
----
error: constraint 'u_b_check' of table 'u', CHECK (b > a + 10), refuses the row a = 1, s = 'x', b = 5
line 1, column 26: ALTER TABLE u ADD COLUMN b INTEGER DEFAULT 5 CHECK (b > a + 10)
                                            ^

ALTER TABLE u RENAME COLUMN b TO c
----
error: table u has no column b; there are a, s
line 1, column 29: ALTER TABLE u RENAME COLUMN b TO c
                                               ^

ALTER TABLE u RENAME a TO s
----
error: table u has a column s already
line 1, column 27: ALTER TABLE u RENAME a TO s
                                             ^

ALTER TABLE u DROP COLUMN b
----
error: table u has no column b; there are a, s
line 1, column 27: ALTER TABLE u DROP COLUMN b
                                             ^

ALTER TABLE u ALTER COLUMN a TYPE nothing
----
error: type nothing is not known
line 1, column 35: ALTER TABLE u ALTER COLUMN a TYPE nothing
                                                     ^^^^^^^

ALTER TABLE u ALTER COLUMN a TYPE TEXT USING b
----
error: column b does not exist; there are a, s
line 1, column 46: ALTER TABLE u ALTER COLUMN a TYPE TEXT USING b
                                                                ^

ALTER TABLE u ALTER COLUMN s TYPE INTEGER
----
error: table 'u', column 's', row 1 holds 'x': cannot cast 'x' to INTEGER; TRY_CAST gives NULL instead
line 1, column 28: ALTER TABLE u ALTER COLUMN s TYPE INTEGER
                                              ^

ALTER TABLE u ALTER COLUMN s TYPE INTEGER USING CAST(s AS INTEGER)
----
error: table 'u', column 's', row 1 holds 'x': cannot cast 'x' to INTEGER; TRY_CAST gives NULL instead
line 1, column 49: ALTER TABLE u ALTER COLUMN s TYPE INTEGER USING CAST(s AS INTEGER)
                                                                   ^^^^^^^^^^^^^^^^^^

ALTER TABLE u ALTER COLUMN a SET DEFAULT 'x'
----
error: column a of u: 'x' is not a valid INTEGER
line 1, column 42: ALTER TABLE u ALTER COLUMN a SET DEFAULT 'x'
                                                            ^^^

ALTER TABLE u DROP CONSTRAINT nothing
----
error: table u has no constraint nothing
line 1, column 31: ALTER TABLE u DROP CONSTRAINT nothing
                                                 ^^^^^^^

ALTER TABLE u DROP CONSTRAINT IF EXISTS nothing

ALTER TABLE u SOMETHING
----
error: syntax error at SOMETHING: expected RENAME, ADD, DROP, ALTER or SET SCHEMA
line 1, column 15: ALTER TABLE u SOMETHING
                                 ^^^^^^^^^

ALTER TABLE u DROP COLUMN s

ALTER TABLE u DROP COLUMN a
----
error: a is the only column of u
line 1, column 27: ALTER TABLE u DROP COLUMN a
                                             ^

DROP TABLE nowhere
----
error: table nowhere does not exist
line 1, column 12: DROP TABLE nowhere
                              ^^^^^^^

DROP VIEW u
----
error: u is a table: DROP TABLE removes it
line 1, column 11: DROP VIEW u
                             ^

DROP VIEW nowhere
----
error: view nowhere does not exist
line 1, column 11: DROP VIEW nowhere
                             ^^^^^^^

COMMENT ON TABLE nowhere IS 'x'
----
error: table nowhere does not exist
line 1, column 18: COMMENT ON TABLE nowhere IS 'x'
                                    ^^^^^^^

COMMENT ON COLUMN u.b IS 'x'
----
error: table u has no column b; there are a
line 1, column 21: COMMENT ON COLUMN u.b IS 'x'
                                       ^

COMMENT ON INDEX u IS 'x'
----
error: syntax error at INDEX: expected TABLE, VIEW or COLUMN
line 1, column 12: COMMENT ON INDEX u IS 'x'
                              ^^^^^

CREATE OR REPLACE MACRO f(a) AS a + 1
----
error: CREATE MACRO is not supported yet; create_function of a Python connection makes a function of one written in Python
line 1, column 19: CREATE OR REPLACE MACRO f(a) AS a + 1
                                     ^^^^^

CREATE FUNCTION f(a INT) RETURNS INT AS 'SELECT 1'
----
error: CREATE FUNCTION is not supported yet; create_function of a Python connection makes a function of one written in Python
line 1, column 8: CREATE FUNCTION f(a INT) RETURNS INT AS 'SELECT 1'
                         ^^^^^^^^
