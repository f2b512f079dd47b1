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


def jordan(x, W, U, b, V, b_y, y, s):
    """s_t = s_{t-1} / 2 + y_{t-1}; h_t = σ(W x_t + U s_t + b); y_t = σ(V h_t + b_y)."""
    outputs = []
    for x_t in x:
        s = 0.5 * s + y
        h = sigmoid(x_t @ W + s @ U + b)
        y = sigmoid(h @ V + b_y)
        outputs.append(y)
    return np.array(outputs), (y, s)


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


def lstm1997(x, W, U, b, h, s):
    """The equations of Hochreiter & Schmidhuber (1997): no forget gate."""
    n = len(h)
    W_i, W_c, W_o = (W[:, k * n : (k + 1) * n] for k in range(3))
    U_i, U_c, U_o = (U[:, k * n : (k + 1) * n] for k in range(3))
    b_i, b_c, b_o = (b[k * n : (k + 1) * n] for k in range(3))
    hidden = []
    for x_t in x:
        i = sigmoid(x_t @ W_i + h @ U_i + b_i)
        g = np.tanh(x_t @ W_c + h @ U_c + b_c)
        o = sigmoid(x_t @ W_o + h @ U_o + b_o)
        s = g * i + s
        h = np.tanh(s) * o
        hidden.append(h)
    return np.array(hidden), (h, s)


def peephole_lstm(x, W, U, b, p, h, c):
    """The equations of Gers & Schmidhuber (2000); p has a row for each of i, f, o."""
    n = len(h)
    W_i, W_f, W_c, W_o = (W[:, k * n : (k + 1) * n] for k in range(4))
    U_i, U_f, U_c, U_o = (U[:, k * n : (k + 1) * n] for k in range(4))
    b_i, b_f, b_c, b_o = (b[k * n : (k + 1) * n] for k in range(4))
    hidden = []
    for x_t in x:
        i = sigmoid(x_t @ W_i + h @ U_i + p[0] * c + b_i)
        f = sigmoid(x_t @ W_f + h @ U_f + p[1] * c + b_f)
        g = np.tanh(x_t @ W_c + h @ U_c + b_c)
        c = g * i + c * f
        o = sigmoid(x_t @ W_o + h @ U_o + p[2] * c + b_o)
        h = np.tanh(c) * o
        hidden.append(h)
    return np.array(hidden), (h, c)


def gru(x, W, U, b, h):
    """The equations of Cho et al. (2014), the reset gate applied after U; b has two rows."""
    n = len(h)
    W_z, W_r, W_h = (W[:, k * n : (k + 1) * n] for k in range(3))
    U_z, U_r, U_h = (U[:, k * n : (k + 1) * n] for k in range(3))
    (b_z, b_r, b_h), (v_z, v_r, v_h) = b.reshape(2, 3, n)
    hidden = []
    for x_t in x:
        z = sigmoid(x_t @ W_z + b_z + h @ U_z + v_z)
        r = sigmoid(x_t @ W_r + b_r + h @ U_r + v_r)
        g = np.tanh(x_t @ W_h + b_h + r * (h @ U_h + v_h))
        h = z * h + (1 - z) * g
        hidden.append(h)
    return np.array(hidden), (h,)


def gru_reset_before(x, W, U, b, h):
    """The equations of Cho et al. (2014) as published."""
    n = len(h)
    W_z, W_r, W_h = (W[:, k * n : (k + 1) * n] for k in range(3))
    U_z, U_r, U_h = (U[:, k * n : (k + 1) * n] for k in range(3))
    b_z, b_r, b_h = (b[k * n : (k + 1) * n] for k in range(3))
    hidden = []
    for x_t in x:
        z = sigmoid(x_t @ W_z + h @ U_z + b_z)
        r = sigmoid(x_t @ W_r + h @ U_r + b_r)
        g = np.tanh(x_t @ W_h + (r * h) @ U_h + b_h)
        h = z * h + (1 - z) * g
        hidden.append(h)
    return np.array(hidden), (h,)


def lem(x, W, U, b, y, z):
    """The equations of Rusch et al. (2022), the longest time step 1/4."""
    n = len(y)
    W_1, W_2, W_z, W_y = (W[:, k * n : (k + 1) * n] for k in range(4))
    U_1, U_2, U_z, U_y = (U[:, k * n : (k + 1) * n] for k in range(4))
    b_1, b_2, b_z, b_y = (b[k * n : (k + 1) * n] for k in range(4))
    hidden = []
    for x_t in x:
        step_of_z = sigmoid(x_t @ W_1 + y @ U_1 + b_1) / 4
        step_of_y = sigmoid(x_t @ W_2 + y @ U_2 + b_2) / 4
        z = (1 - step_of_z) * z + step_of_z * np.tanh(x_t @ W_z + y @ U_z + b_z)
        y = (1 - step_of_y) * y + step_of_y * np.tanh(x_t @ W_y + z @ U_y + b_y)
        hidden.append(y)
    return np.array(hidden), (y, z)


def mgu(x, W, U, b, h):
    """The equations of Zhou et al. (2016), the gate applied after U."""
    n = len(h)
    (W_f, W_h), (U_f, U_h), (b_f, b_h) = (np.split(weight, 2, axis=-1) for weight in (W, U, b))
    hidden = []
    for x_t in x:
        f = sigmoid(x_t @ W_f + h @ U_f + b_f)
        g = np.tanh(x_t @ W_h + f * (h @ U_h) + b_h)
        h = (1 - f) * h + f * g
        hidden.append(h)
    return np.array(hidden).reshape(-1, n), (h,)
