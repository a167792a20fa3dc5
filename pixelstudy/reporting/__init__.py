"""One message or one mailbox, for a person to read."""
