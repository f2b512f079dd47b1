// A string of 0 and 1, as the machine reads it, and what it says of the next bit.

import { Refusal } from "../page.js";
import { symbols } from "./text.js";

export const hint = "A string of 0 and 1, whose chances depend on the five bits before";

/** The rows of the model's input, and how many of them are read before the output begins. */
export function inputs(text) {
  const bits = symbols(text, "01", "The model takes a string of 0 and 1, such as 0110100110");
  if (!bits.length) throw new Refusal("The model takes a string of 0 and 1, such as 0110100110.");
  return { rows: bits.map((bit) => [Number(bit)]), read: 0 };
}

/** What it says after the last bit. */
export const spelled = (probs) => `1 next with a chance of ${probs.at(-1)[0].toFixed(3)}`;
