// What Python means by white space, letters and the characters of a text.

import { Refusal } from "../page.js";

const WHITE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** `text.split()` */
export const words = (text) => text.split(new RegExp(`[${WHITE}]+`, "u")).filter(Boolean);

/** The symbols of a text, white space left out, each one of those known. */
export function symbols(text, known, takes) {
  const characters = Array.from(words(text).join(""));
  const wrong = characters.filter((character) => !known.includes(character)).sort();
  if (wrong.length) throw new Refusal(`${takes}; got ${JSON.stringify(wrong[0])}.`);
  return characters;
}

/** `unicodedata.category(c) in ("Cc", "Cs")` or a byte order mark → a space. */
export const plain = (text) => Array.from(text, (c) => (/^[\p{Cc}\p{Cs}\ufeff]$/u.test(c) ? " " : c)).join("");
