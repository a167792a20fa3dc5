"""Where messages lie: one module for each export format, and how each is recognised."""
