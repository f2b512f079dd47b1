// Vectors of 8 bits each with a priority, as the machine reads them, with a mark after the last.

import { Refusal } from "../page.js";
import { words } from "./text.js";
import { parsed, withSilence } from "./vectors.js";

const [BITS, READ, WRITTEN] = [8, 20, 16];

export const hint = "Vectors of 8 bits, with commas between them, and after each a : and its priority from -1 to 1";

/** The rows of the model's input, and how many of them are read before the output begins. */
export function inputs(text) {
  const pairs = text.split(",").map((part) => part.split(":"));
  const vectors = parsed(pairs.map(([vector]) => vector).join(","), BITS);
  const priorities = pairs.map(([, ...after]) => priority(after.join(":")));
  const read = [...vectors.map((vector, i) => [...vector, priorities[i], 0]), [...Array(BITS + 1).fill(0), 1]];
  return { rows: withSilence(read, Math.max(1, Math.floor((vectors.length * WRITTEN) / READ))), read: read.length };
}

/** A decimal number as Python reads it. */
function priority(text) {
  const number = words(text).join(" ");
  if (!/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$/.test(number) || Math.abs(Number(number)) > 1)
    throw new Refusal("The model takes each vector with a priority from -1 to 1, such as 10110101:0.3,01100110:-0.8.");
  return Math.fround(Number(number));
}
