"""Every architecture of the zoo as a Keras layer, one file each."""

from zoo.layers.bidirectional import Bidirectional
from zoo.layers.each import Each
from zoo.layers.elman import Elman
from zoo.layers.lstm import LSTM, LSTMState
from zoo.layers.recurrence import HiddenState, Recurrence

__all__ = ["LSTM", "Bidirectional", "Each", "Elman", "HiddenState", "LSTMState", "Recurrence"]
