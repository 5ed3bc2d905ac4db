"""Sinks: what a kernel does with the rows that reach its end, and how the host takes them over."""
