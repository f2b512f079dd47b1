// English text → sentences of words, and the indices of words and characters.

import { sentences as split } from "./sentences.js";
import { plain } from "./text.js";
import { spans } from "./treebank.js";

const UNKNOWN = 1;
const FIRST = 2;
const STRAIGHT = { "’": "'", "‘": "'", "“": '"', "”": '"' };
const JOINED = /(?<=[\p{L}\p{N}_])(-)(?=[\p{L}\p{N}_])/u;

/** The sentences of a text, each as its words. */
export function sentences(text) {
  return split(plain(text)).map((sentence) =>
    spans(sentence.replace(/[’‘“”]/gu, (quote) => STRAIGHT[quote]))
      .map(([start, end]) => sentence.slice(start, end))
      .flatMap((word) => (word.includes("//") || word.includes("@") ? [word] : word.split(JOINED)))
      .filter(Boolean),
  );
}

/** The indices of the words of a sentence, and of the characters of each, padded with 0. */
export function encode(sentence, words, characters, longest) {
  const [wordIndex, characterIndex] = [words, characters].map((known) => index(known));
  const spelled = sentence.map((word) => Array.from(word).slice(0, longest));
  const width = Math.max(1, ...spelled.map((word) => word.length));
  return {
    words: sentence.map((word) => wordIndex.get(word.toLowerCase()) ?? UNKNOWN),
    characters: spelled.map((word) =>
      Array.from({ length: width }, (_, i) => (i < word.length ? (characterIndex.get(word[i]) ?? UNKNOWN) : 0)),
    ),
  };
}

const indexes = new Map();

/** The index of each key, built once for each list. */
function index(known) {
  if (!indexes.has(known)) indexes.set(known, new Map(known.map((key, i) => [key, i + FIRST])));
  return indexes.get(known);
}
