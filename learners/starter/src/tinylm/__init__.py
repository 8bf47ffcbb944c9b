"""A character transformer of one layer (PyTorch), and text whose entropy rate is known."""
