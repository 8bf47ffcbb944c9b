"""The building blocks: everything a model is made of."""

from minimodel.nn.activations import GELU, Identity, ReLU, Sigmoid, Tanh
from minimodel.nn.blocks import ResidualBlock
from minimodel.nn.linear import Linear
from minimodel.nn.losses import cross_entropy, mse
from minimodel.nn.module import Module, ModuleList, Parameter, Sequential
from minimodel.nn.norm import BatchNorm1d, LayerNorm, RMSNorm
from minimodel.nn.residual import Residual

__all__ = [
    "GELU",
    "BatchNorm1d",
    "Identity",
    "LayerNorm",
    "Linear",
    "Module",
    "ModuleList",
    "Parameter",
    "RMSNorm",
    "ReLU",
    "Residual",
    "ResidualBlock",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "cross_entropy",
    "mse",
]
