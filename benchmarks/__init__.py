"""Benchmarks: how fast mail becomes tables, against the obvious way and against the least that any way must do."""
