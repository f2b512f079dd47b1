"""Every architecture of the zoo as a Keras layer, one file each."""

from zoo.layers.attention import BahdanauAttention, LuongAttention
from zoo.layers.attentive_lstm import AttentiveLSTM
from zoo.layers.base.core import Core
from zoo.layers.base.recurrence import HiddenState, Recurrence
from zoo.layers.bidirectional import Bidirectional
from zoo.layers.chrono import Chrono
from zoo.layers.conditioned import Conditioned
from zoo.layers.draw import DRAW, DRAWDecoder
from zoo.layers.each import Each
from zoo.layers.elman import Elman
from zoo.layers.from_keras import from_keras
from zoo.layers.glimpse import GlimpseSensor
from zoo.layers.gru import GRU
from zoo.layers.hopfield import Hopfield
from zoo.layers.jordan import Jordan, JordanState
from zoo.layers.lem import LEM, LEMState
from zoo.layers.lstm import LSTM, LSTMState
from zoo.layers.lstm1997 import LSTM1997
from zoo.layers.ntm import NTM, NTMState
from zoo.layers.peephole_lstm import PeepholeLSTM
from zoo.layers.ram import RAM
from zoo.layers.stacked import Stacked

__all__ = [
    "DRAW",
    "GRU",
    "LEM",
    "LSTM",
    "LSTM1997",
    "NTM",
    "RAM",
    "AttentiveLSTM",
    "BahdanauAttention",
    "Bidirectional",
    "Chrono",
    "Conditioned",
    "Core",
    "DRAWDecoder",
    "Each",
    "Elman",
    "GlimpseSensor",
    "HiddenState",
    "Hopfield",
    "Jordan",
    "JordanState",
    "LEMState",
    "LSTMState",
    "LuongAttention",
    "NTMState",
    "PeepholeLSTM",
    "Recurrence",
    "Stacked",
    "from_keras",
]
