"""The layers again, as plain NumPy loops written from the equations."""

import numpy as np


def sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def elman(x, W, U, b, h):
    """h_t = tanh(W x_t + U h_{t-1} + b); x is (time, features), one sequence."""
    hidden = []
    for x_t in x:
        h = np.tanh(x_t @ W + h @ U + b)
        hidden.append(h)
    return np.array(hidden), (h,)


def lstm(x, W, U, b, h, c):
    """The equations of Gers et al. (2000), gate by gate."""
    n = len(h)
    W_i, W_f, W_c, W_o = (W[:, k * n : (k + 1) * n] for k in range(4))
    U_i, U_f, U_c, U_o = (U[:, k * n : (k + 1) * n] for k in range(4))
    b_i, b_f, b_c, b_o = (b[k * n : (k + 1) * n] for k in range(4))
    hidden = []
    for x_t in x:
        i = sigmoid(x_t @ W_i + h @ U_i + b_i)
        f = sigmoid(x_t @ W_f + h @ U_f + b_f)
        g = np.tanh(x_t @ W_c + h @ U_c + b_c)
        o = sigmoid(x_t @ W_o + h @ U_o + b_o)
        c = g * i + c * f
        h = np.tanh(c) * o
        hidden.append(h)
    return np.array(hidden), (h, c)
