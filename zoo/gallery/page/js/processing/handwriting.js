// What the network says of ink → the word that was written.

import { search } from "./ctc.js";
import { language } from "./spelling.js";

const SEARCH = { width: 12, weight: 0.6, bonus: 1 };

/** A function from rows of logits to a word. */
export function decoder(words, alphabet) {
  const letters = Array.from(alphabet);
  const spelled = language(words, letters);
  return (rows) => {
    const labels = search(rows.map(logarithms), { ...SEARCH, language: spelled });
    return labels.map((label) => letters[label - 1]).join("");
  };
}

/** log p of each symbol, from logits. */
function logarithms(logits) {
  const most = Math.max(...logits);
  const all = most + Math.log(logits.reduce((sum, each) => sum + Math.exp(each - most), 0));
  return logits.map((each) => each - all);
}
