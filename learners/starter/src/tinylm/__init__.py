"""Character transformers, of one layer and of two (PyTorch), and text whose entropy rate is known."""
