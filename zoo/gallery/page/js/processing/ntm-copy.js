// Vectors of 8 bits as the machine reads them, with a mark after the last.

import { parsed, withSilence } from "./vectors.js";

const BITS = 8;

export const hint = "Vectors of 8 bits, with commas between them";

/** The rows of the model's input, and how many of them are read before the output begins. */
export function inputs(text) {
  const vectors = parsed(text, BITS);
  const read = [...vectors.map((vector) => [...vector, 0]), [...Array(BITS).fill(0), 1]];
  return { rows: withSilence(read, vectors.length), read: read.length };
}
