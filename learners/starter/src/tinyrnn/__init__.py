"""A recurrent character model with its training step (PyTorch), on the texts of `tinylm`."""
