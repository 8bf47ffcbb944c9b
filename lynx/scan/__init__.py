"""Bugs that nobody would notice: kinds of training bug as edits of source, and where they apply."""
