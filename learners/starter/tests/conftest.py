"""One thread for all tests: the matrices are small, and threads that wait for each other cost more."""

from __future__ import annotations

import os

# Read once, when the libraries are imported, hence before the import below.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

torch.set_num_threads(1)
