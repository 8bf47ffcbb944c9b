"""Weights in few bits: symmetric integers with one scale for a matrix, or one for each row."""
