"""A mail world for scenarios: a mail host, clients elsewhere, Postfix, mailboxes, and the daemon under test."""
