"""Storage: what a path or an address names, read and written in one way."""
