"""What takes part in the benchmarks, each in a process of its own."""
