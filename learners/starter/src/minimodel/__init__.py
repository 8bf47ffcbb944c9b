"""Modules, optimisers and models on top of minitorch."""
