// Vectors of bits as text: 10110101,01100110.

import { Refusal } from "../page.js";
import { words } from "./text.js";

const LONGEST = 2000;

/** Vectors of so many bits with a comma between them. */
export function parsed(text, bits) {
  const vectors = text.split(",").map((part) => Array.from(words(part).join("")));
  const takes = `The model takes vectors of ${bits} bits, such as ${"10".repeat(bits / 2)},${"01".repeat(bits / 2)}`;
  const wrong = vectors.flat().find((symbol) => symbol !== "0" && symbol !== "1");
  if (wrong !== undefined) throw new Refusal(`${takes}; got "${wrong}".`);
  const ragged = vectors.find((vector) => vector.length !== bits);
  if (ragged) throw new Refusal(`${takes}; got one of ${ragged.length} bits.`);
  return vectors.map((vector) => vector.map(Number));
}

/** What is read, and how many vectors are asked for after it, as rows of the model's input. */
export function withSilence(read, steps) {
  if (read.length + steps > LONGEST)
    throw new Refusal(`The model reads and writes at most ${LONGEST} vectors together; this input takes ${read.length + steps}.`);
  return [...read, ...Array.from({ length: steps }, () => read[0].map(() => 0))];
}

/** Vectors as text, each bit the likelier one of its chance. */
export const spelled = (probs) => probs.map((row) => row.map((prob) => Number(prob > 0.5)).join("")).join(",");
