"""A neural Turing machine in plain PyTorch: the equations of `zoo.layers.NTM` in a loop."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class NTM(nn.Module):
    """An LSTM controller, one read and one write head; (batch, time, features)."""

    def __init__(self, features: int, units: int, memory_size: int, word_size: int):
        super().__init__()
        self.memory_size, self.word_size, self.units = memory_size, word_size, units
        self.controller = nn.LSTMCell(features + word_size, units)
        self.heads = nn.Linear(units, 2 * (word_size + 6) + 2 * word_size)
        self.initial_read_vectors = nn.Parameter(torch.zeros(1, word_size).uniform_(-0.1, 0.1))
        self.initial_weights = nn.Parameter(5 * torch.eye(2, memory_size)[[0, 0]])

    def forward(self, x: Tensor) -> Tensor:
        batch = x.shape[0]
        memory = x.new_full((batch, self.memory_size, self.word_size), 1e-6)
        weights = torch.softmax(self.initial_weights, -1).expand(batch, -1, -1)
        read_vectors = self.initial_read_vectors.expand(batch, -1)
        h = c = x.new_zeros(batch, self.units)
        outputs = []
        for x_t in x.unbind(1):
            h, c = self.controller(torch.cat([x_t, read_vectors], -1), (h, c))
            head_parameters = self.heads(h).clamp(-20, 20)
            addressing = head_parameters[:, : 2 * (self.word_size + 6)].view(
                batch, 2, self.word_size + 6
            )
            erase, add = head_parameters[:, 2 * (self.word_size + 6) :].chunk(2, -1)
            weights = self.address(memory, weights, addressing)
            write = weights[:, 1, :, None]
            memory = memory * (1 - write * torch.sigmoid(erase)[:, None])
            memory = memory + write * torch.tanh(add)[:, None]
            read_vectors = (weights[:, :1] @ memory)[:, 0]
            outputs.append(torch.cat([h, read_vectors], -1))
        return torch.stack(outputs, 1)

    def address(self, memory: Tensor, previous_weights: Tensor, addressing: Tensor) -> Tensor:
        """Content, interpolation, shift and sharpening of both heads."""
        key, strength, exponent, gate, shift = addressing.split([self.word_size, 1, 1, 1, 3], -1)
        key = torch.tanh(key)
        norms = [(part.square().sum(-1) + 1e-6).sqrt() for part in (key, memory)]
        similarity = key @ memory.mT / (norms[0][:, :, None] * norms[1][:, None])
        content = torch.softmax(F.softplus(strength) * similarity, -1)
        gated = torch.lerp(previous_weights, content, torch.sigmoid(gate))
        s = torch.softmax(shift, -1)
        moved = torch.stack([s[..., k : k + 1] * gated.roll(k - 1, -1) for k in range(3)]).sum(0)
        logarithm = moved.clamp_min(1e-30).log()
        return torch.softmax((1 + F.softplus(exponent)) * logarithm, -1)
