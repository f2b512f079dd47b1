"""Every architecture of the zoo as a Keras layer, one file each."""

from zoo.layers.bidirectional import Bidirectional
from zoo.layers.each import Each
from zoo.layers.elman import Elman
from zoo.layers.from_keras import from_keras
from zoo.layers.gru import GRU
from zoo.layers.hopfield import Hopfield
from zoo.layers.jordan import Jordan, JordanState
from zoo.layers.lstm import LSTM, LSTMState
from zoo.layers.lstm1997 import LSTM1997
from zoo.layers.peephole_lstm import PeepholeLSTM
from zoo.layers.recurrence import HiddenState, Recurrence
from zoo.layers.stacked import Stacked

__all__ = [
    "GRU",
    "LSTM",
    "LSTM1997",
    "Bidirectional",
    "Each",
    "Elman",
    "HiddenState",
    "Hopfield",
    "Jordan",
    "JordanState",
    "LSTMState",
    "PeepholeLSTM",
    "Recurrence",
    "Stacked",
    "from_keras",
]
