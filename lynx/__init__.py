"""Lynx: a predict-then-run tutor for people who train neural networks."""

__version__ = "0.1.0"
