"""A small GPT as people write it: the code on which guards are tried (benchmarks/guard_table.py)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.weight, self.bias, self.eps = nn.Parameter(torch.ones(d)), nn.Parameter(torch.zeros(d)), eps

    def forward(self, x):
        centred = x - x.mean(dim=-1, keepdim=True)
        spread = (centred * centred).mean(dim=-1, keepdim=True)
        return centred / torch.sqrt(spread + self.eps) * self.weight + self.bias


class Attention(nn.Module):
    def __init__(self, d, heads, context, dropout):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.attn_dropout = dropout
        self.register_buffer("mask", torch.tril(torch.ones(context, context)))

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).reshape(B, T, 3, C).unbind(dim=2)
        q = q.reshape(B, T, self.heads, C // self.heads).transpose(1, 2)
        k = k.reshape(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.reshape(B, T, self.heads, C // self.heads).transpose(1, 2)
        att = q @ k.transpose(-2, -1) / math.sqrt(C // self.heads)
        att = att.masked_fill(self.mask[:T, :T] == 0, float("-inf"))
        att = att.softmax(dim=-1)
        att = F.dropout(att, self.attn_dropout, training=self.training)
        y = att @ v
        return self.proj(y.transpose(1, 2).contiguous().view(B, T, C))


class MLP(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        return self.down(F.gelu(self.up(x)))


class Block(nn.Module):
    def __init__(self, d, heads, context, dropout):
        super().__init__()
        self.ln_1, self.ln_2 = LayerNorm(d), LayerNorm(d)
        self.attn, self.mlp = Attention(d, heads, context, dropout), MLP(d)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        x = x + self.mlp(self.ln_2(x))
        return x


class GPT(nn.Module):
    def __init__(self, vocabulary=7, d=16, heads=2, layers=2, context=6, dropout=0.2):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, d), nn.Embedding(context, d)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList([Block(d, heads, context, dropout) for _ in range(layers)])
        self.ln_f, self.head = LayerNorm(d), nn.Linear(d, vocabulary, bias=False)
        self.wte.weight = self.head.weight
        for module in self.modules():
            if isinstance(module, nn.Linear):
                torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)

    def forward(self, codes):
        tok_emb, pos_emb = self.wte(codes), self.wpe(torch.arange(codes.shape[1]))
        x = self.dropout(tok_emb + pos_emb)
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln_f(x))
