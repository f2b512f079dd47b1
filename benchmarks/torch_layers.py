"""The layers in PyTorch: its own where it has one, a loop over the steps where it has none."""

import torch
from torch import Tensor, nn

OWN = {"Elman": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}


class Loop(nn.Module):
    """W x of all steps at once, then a loop over the steps; (batch, time, features)."""

    gates: int

    def __init__(self, features: int, units: int):
        super().__init__()
        self.units = units
        self.kernel = nn.Linear(features, self.gates * units)
        self.recurrent_kernel = nn.Linear(units, self.gates * units, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        one = two = x.new_zeros(x.shape[0], self.units)
        outputs = []
        for a in self.kernel(x).unbind(1):
            one, two = self.step(a, one, two)
            outputs.append(one)
        return torch.stack(outputs, 1), None

    def step(self, a: Tensor, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError


class PeepholeLSTM(Loop):
    gates = 4

    def __init__(self, features: int, units: int):
        super().__init__(features, units)
        self.peephole = nn.Parameter(torch.zeros(3, units))

    def step(self, a: Tensor, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
        i, f, g, o = (a + self.recurrent_kernel(one)).chunk(4, -1)
        i = torch.sigmoid(i + self.peephole[0] * two)
        f = torch.sigmoid(f + self.peephole[1] * two)
        c = torch.tanh(g) * i + two * f
        return torch.tanh(c) * torch.sigmoid(o + self.peephole[2] * c), c


class LSTM1997(Loop):
    gates = 3

    def step(self, a: Tensor, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
        i, g, o = (a + self.recurrent_kernel(one)).chunk(3, -1)
        s = torch.tanh(g) * torch.sigmoid(i) + two
        return torch.tanh(s) * torch.sigmoid(o), s


class Jordan(Loop):
    gates = 1

    def __init__(self, features: int, units: int):
        super().__init__(features, units)
        self.output = nn.Linear(units, units)

    def step(self, a: Tensor, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
        s = 0.5 * two + one
        h = torch.sigmoid(a + self.recurrent_kernel(s))
        return torch.sigmoid(self.output(h)), s


def layer(name: str, features: int, units: int) -> nn.Module:
    """A layer that takes (batch, time, features) and returns its outputs first."""
    if name in OWN:
        return OWN[name](features, units, batch_first=True)
    return {"PeepholeLSTM": PeepholeLSTM, "LSTM1997": LSTM1997, "Jordan": Jordan}[name](
        features, units
    )
