"""Evaluation: which part is asked, how surprised a model is, how often right, where, and how sure."""
