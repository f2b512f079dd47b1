// Items of three vectors of 6 bits and one of them again, as the machine reads them.

import { Refusal } from "../page.js";
import { parsed, withSilence } from "./vectors.js";

const [BITS, VECTORS] = [6, 3];

export const hint = "Items of three vectors of 6 bits, with | between them, and after a ? one of them again";

/** The rows of the model's input, and how many of them are read before the output begins. */
export function inputs(text) {
  const [before, ...after] = text.split("?");
  const parts = [...before.split("|"), after.join("?")];
  const vectors = after.length ? parts.map((part) => parsed(part, BITS)) : [];
  if (vectors.length < 2 || vectors.some((item) => item.length !== VECTORS))
    throw new Refusal(`The model takes items of ${VECTORS} vectors with | between them, and after a ? one of them again.`);
  const blank = Array(BITS).fill(0);
  const [item, query] = [[...blank, 1, 0], [...blank, 0, 1]];
  const read = vectors.flatMap((each, i) => [i === vectors.length - 1 ? query : item, ...each.map((vector) => [...vector, 0, 0])]);
  return { rows: withSilence([...read, query], VECTORS), read: read.length + 1 };
}
