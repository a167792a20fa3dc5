"""Export formats: one module for each, with how it is recognised and read."""
