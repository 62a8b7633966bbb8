"""The δ explorer: a stored run split with every δ, drawn without a kernel or in a widget."""
