"""Speed, memory and growth of the library's parts: `make bench`, `python -m benchmarks --help`."""
