"""What an address says: its parts, tokens, identities, names and vendors."""
