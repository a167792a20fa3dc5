"""From tables to shares: definitions, intervals, figures."""
