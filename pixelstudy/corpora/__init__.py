"""The public corpora: where each comes from, what was released of it, and its labels."""
