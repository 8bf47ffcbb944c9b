"""Curves and profiles: as characters, as PNG files, as SVG in the report."""
