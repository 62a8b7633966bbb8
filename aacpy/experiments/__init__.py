"""The grids of experiments, and the workflow that runs them: data, runs, records, book."""
