"""Read and write local paths and remote addresses in the same way."""
