"""A neural Turing machine in plain PyTorch: the equations of `zoo.layers.NTM` in a loop."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class NTM(nn.Module):
    """An LSTM controller, one read and one write head; (batch, time, features)."""

    def __init__(self, features: int, units: int, rows: int, columns: int):
        super().__init__()
        self.rows, self.columns, self.units = rows, columns, units
        self.controller = nn.LSTMCell(features + columns, units)
        self.heads = nn.Linear(units, 2 * (columns + 6) + 2 * columns)
        self.first_reads = nn.Parameter(torch.zeros(1, columns).uniform_(-0.1, 0.1))
        self.first_weightings = nn.Parameter(5 * torch.eye(2, rows)[[0, 0]])

    def forward(self, x: Tensor) -> Tensor:
        batch = x.shape[0]
        memory = x.new_full((batch, self.rows, self.columns), 1e-6)
        weightings = torch.softmax(self.first_weightings, -1).expand(batch, -1, -1)
        reads = self.first_reads.expand(batch, -1)
        h = c = x.new_zeros(batch, self.units)
        outputs = []
        for x_t in x.unbind(1):
            h, c = self.controller(torch.cat([x_t, reads], -1), (h, c))
            said = self.heads(h).clamp(-20, 20)
            where = said[:, : 2 * (self.columns + 6)].view(batch, 2, self.columns + 6)
            erase, add = said[:, 2 * (self.columns + 6) :].chunk(2, -1)
            weightings = self.address(memory, weightings, where)
            write = weightings[:, 1, :, None]
            memory = memory * (1 - write * torch.sigmoid(erase)[:, None])
            memory = memory + write * torch.tanh(add)[:, None]
            reads = (weightings[:, :1] @ memory)[:, 0]
            outputs.append(torch.cat([h, reads], -1))
        return torch.stack(outputs, 1)

    def address(self, memory: Tensor, before: Tensor, where: Tensor) -> Tensor:
        """Content, interpolation, shift and sharpening of both heads."""
        key, strength, exponent, gate, shift = where.split([self.columns, 1, 1, 1, 3], -1)
        key = torch.tanh(key)
        norms = [(part.square().sum(-1) + 1e-6).sqrt() for part in (key, memory)]
        similarity = key @ memory.mT / (norms[0][:, :, None] * norms[1][:, None])
        content = torch.softmax(F.softplus(strength) * similarity, -1)
        gated = torch.lerp(before, content, torch.sigmoid(gate))
        s = torch.softmax(shift, -1)
        moved = torch.stack([s[..., k : k + 1] * gated.roll(k - 1, -1) for k in range(3)]).sum(0)
        logarithm = moved.clamp_min(1e-30).log()
        return torch.softmax((1 + F.softplus(exponent)) * logarithm, -1)
