"""A shell session that keeps what it printed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from gpudb.shell.session import Session
from tests.plain.python.fakes import FakeEngine


@dataclass
class Shell:
    """A session and what it printed."""

    session: Session
    engine: FakeEngine
    out: io.StringIO
    errors: io.StringIO

    def run(self, text: str) -> tuple[bool, str, str]:
        """Run `text`; return whether it went well, and what it printed on out and errors."""
        went_well = self.session.run(text)
        printed = (self.out.getvalue(), self.errors.getvalue())
        for stream in (self.out, self.errors):
            stream.seek(0)
            stream.truncate()
        return (went_well, *printed)
