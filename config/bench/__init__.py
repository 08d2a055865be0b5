"""The benchmarks: a private site, a load from another process, a table."""
