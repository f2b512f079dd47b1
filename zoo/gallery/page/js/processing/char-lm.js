// Text → indices of characters, and draws of the next one.

import { Refusal, likeliest, softmax } from "../page.js";

export function encode(text, vocabulary) {
  const index = new Map(vocabulary.map((character, i) => [character, i]));
  const strange = [...new Set(Array.from(text).filter((each) => !index.has(each)))].sort();
  if (strange.length) {
    const named = strange.slice(0, 5).map((each) => JSON.stringify(each)).join(", ");
    throw new Refusal(`The model does not know ${named}; it was trained on plain English letters and marks.`);
  }
  // A text begins on a new line.
  return Array.from(text || "\n", (each) => index.get(each));
}

/** The next character by chance; the likeliest at temperature 0. */
export function draw(logits, temperature, random = Math.random) {
  if (!temperature) return likeliest(logits);
  let left = random();
  const probs = softmax(logits, temperature);
  const place = probs.findIndex((prob) => (left -= prob) < 0);
  return place < 0 ? likeliest(probs) : place;
}
