"""Named benchmarks (see docs/performance.md)."""
