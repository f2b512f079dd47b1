// Vectors of 8 bits and how often to write them, as the machine reads them, and what it writes.

import { Refusal } from "../page.js";
import { words } from "./text.js";
import { parsed, spelled as likelier, withSilence } from "./vectors.js";

const [BITS, MEAN, DEVIATION] = [8, 5.5, Math.sqrt(8.25)];

export const hint = "Vectors of 8 bits, with commas between them, and after a * how often";

/** The rows of the model's input, and how many of them are read before the output begins. */
export function inputs(text) {
  const star = text.lastIndexOf("*");
  const number = words(text.slice(star + 1)).join(" ");
  if (star < 0 || !/^[0-9]+$/.test(number)) throw new Refusal("The model takes vectors and how often, such as 10110101,01100110*3.");
  if (number.length > 4 || Number(number) === 0) throw new Refusal("The model repeats from 1 time on, below 10,000.");
  const vectors = parsed(text.slice(0, star), BITS);
  const mark = [...Array(BITS).fill(0), 1, Math.fround((Number(number) - MEAN) / DEVIATION)];
  const read = [...vectors.map((vector) => [...vector, 0, 0]), mark];
  return { rows: withSilence(read, vectors.length * Number(number) + 1), read: read.length };
}

/** The vectors written, up to where the machine says that they end. */
export function spelled(probs) {
  const end = probs.findIndex((row) => row[BITS] > 0.5);
  return likelier((end < 0 ? probs : probs.slice(0, end)).map((row) => row.slice(0, BITS)));
}
