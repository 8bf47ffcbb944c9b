"""Writing breaks: record, check, preview."""
