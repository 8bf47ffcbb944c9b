"""What `--json` prints: fields that other programs may rely on (docs/json.md)."""
