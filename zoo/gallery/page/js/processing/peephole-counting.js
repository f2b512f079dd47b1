// Strings of a, b and c → indices of symbols, of which the first begins the string.

import { Refusal } from "../page.js";

export const SYMBOLS = ".abc";

export function indices(text) {
  const symbols = Array.from(text);
  const wrong = symbols.filter((symbol) => !SYMBOLS.slice(1).includes(symbol)).sort();
  if (wrong.length) throw new Refusal(`It takes a string of a, b and c, such as aaabbb; got ${JSON.stringify(wrong[0])}.`);
  return [0, ...symbols.map((symbol) => SYMBOLS.indexOf(symbol))];
}
