"""Where mail comes from: mailboxes, and the messages in them."""
