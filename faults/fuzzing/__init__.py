"""Damaged and hostile input for every parser of the project: `python -m faults.fuzzing --help`."""
