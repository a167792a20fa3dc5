"""The study's figures, in one style."""
