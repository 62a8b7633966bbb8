"""Faults made on purpose, and whether the project survives them."""
