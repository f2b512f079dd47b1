// A text → its sentences in pieces that the model can read, as indices of subwords.

import { Refusal } from "../page.js";
import { sentences } from "./sentences.js";
import { plain, words } from "./text.js";

export const END = 3;
const UNKNOWN = 1;
const LONGEST = 60;
const FOREIGN = 1.2;
const FEW_WORDS = 4;

/** The sentences of a text; a longer one than the model can read is cut between words. */
export function parts(text, source, target, languages) {
  const plainText = plain(text);
  requireSource(plainText, source, target, languages);
  const pieces = [];
  for (const sentence of sentences(plainText)) {
    requireKnown(sentence, source, languages);
    let room = 0;
    for (const word of words(sentence)) {
      const length = source.encode(word).length;
      if (length > LONGEST) throw new Refusal(`${word.slice(0, 30)}… is a word of more than ${LONGEST} subwords; put spaces between the words.`);
      if (room < length) {
        pieces.push("");
        room = LONGEST;
      }
      pieces.push(`${pieces.pop()} ${word}`.trim());
      room -= length;
    }
  }
  return pieces;
}

/** The indices of a text's subwords, and then the end. */
export const encode = (text, source) => [...source.encode(text), END];

/** Refuses a sentence most of whose letters the model never saw. */
function requireKnown(sentence, source, { from }) {
  const letters = Array.from(sentence).filter((each) => /^\p{L}$/u.test(each));
  const strange = letters.filter((letter) => source.encode(letter).includes(UNKNOWN));
  if (2 * strange.length > letters.length)
    throw new Refusal(`The model translates from '${from}' and never saw ${[...new Set(strange)].slice(0, 5).join(", ")}; give it a text in that language.`);
}

/** Refuses a text that the other language's subwords spell much shorter. */
function requireSource(text, source, target, { from, to }) {
  if (words(text).length >= FEW_WORDS && source.spelled(text).length > FOREIGN * target.spelled(text).length)
    throw new Refusal(`The model translates from '${from}' to '${to}', and this does not read like '${from}'; give it a text in that language.`);
}
