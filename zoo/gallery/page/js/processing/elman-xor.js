// Strings of 0 and 1 → the bits as the network reads them.

import { symbols } from "./text.js";

export const bits = (text) => symbols(text, "01", "It takes a string of 0 and 1, such as 101000011").map(Number);
