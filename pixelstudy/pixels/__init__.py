"""What a message would load, and what that is."""
