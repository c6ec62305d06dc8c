"""Benchmarks of the picture core against its peers and against the codecs' own limit."""
