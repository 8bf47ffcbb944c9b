"""What there is to learn: specs, the catalog, packs."""
