"""What a class looks like: on the terminal, as a page, as a table."""
