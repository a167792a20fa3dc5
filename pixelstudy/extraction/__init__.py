"""A mailbox to tables: parts, workers, resuming and joining."""
