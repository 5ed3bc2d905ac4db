"""The peers that run in processes of their own, by name."""

from __future__ import annotations

from importlib.util import find_spec

from bench.case import CHDB, DATAFUSION, HYPER, POLARS
from bench.peer_process import PeerEngine, Setup

# What is imported for each.
PACKAGES = {
    POLARS: "polars",
    DATAFUSION: "datafusion",
    CHDB: "chdb",
    HYPER: "tableauhyperapi",
}


def is_installed(name: str) -> bool:
    """Tell whether a peer can be opened here."""
    return find_spec(PACKAGES[name]) is not None


def open_polars(setup: Setup) -> PeerEngine:
    """Load the tables into Polars."""
    from bench.polars_engine import Polars

    return Polars(setup)


def open_datafusion(setup: Setup) -> PeerEngine:
    """Load the tables into DataFusion."""
    from bench.datafusion_engine import Datafusion

    return Datafusion(setup)


def open_chdb(setup: Setup) -> PeerEngine:
    """Load the tables into chDB."""
    from bench.chdb_engine import Chdb

    return Chdb(setup)


def open_hyper(setup: Setup) -> PeerEngine:
    """Load the tables into Hyper."""
    from bench.hyper_engine import Hyper

    return Hyper(setup)


OPENERS = {POLARS: open_polars, DATAFUSION: open_datafusion, CHDB: open_chdb, HYPER: open_hyper}
