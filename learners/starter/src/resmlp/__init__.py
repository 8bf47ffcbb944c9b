"""A residual MLP (PyTorch), trained by backpropagation or by direct feedback alignment."""
