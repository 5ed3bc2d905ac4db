"""The benchmark: declared cases, raced in one run with DuckDB and Polars, answers compared.

tpch, groupby, scan    make data, load it, and give cases that each engine can run
race                   runs a case: A B C A B C ...; answers checks what came out
load, startup          what loading and starting cost, each in a process of its own
report                 the tables that are printed, and the JSON under results/
"""
