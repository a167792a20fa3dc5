"""From mailboxes to tables: parts, workers, resuming and joining."""
