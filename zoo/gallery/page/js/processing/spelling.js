// How words are spelled: a Markov model of letters, smoothed by the method of Witten and Bell.

const ORDER = 5;
const BEGIN = "<";
const END = ">";

/** log p of the last of some labels after those before it; 0, the blank, as the last is the end. */
export function language(words, alphabet) {
  const counts = new Map();
  for (const word of words) {
    const symbols = padded([...word, END]);
    symbols.forEach((letter, i) => {
      for (let order = 0; order < ORDER && order <= i; order++) count(counts, symbols.slice(i - order, i).join(""), letter);
    });
  }
  const known = new Map();
  return (labels) => {
    const letters = labels.map((label) => (label ? alphabet[label - 1] : END));
    const gram = padded(letters).slice(-ORDER);
    const key = gram.join("");
    // A letter that no word has is as unlikely as one of a million.
    if (!known.has(key)) known.set(key, Math.log(Math.max(score(counts, gram.at(-1), gram.slice(0, -1)), 1e-6)));
    return known.get(key);
  };
}

const padded = (letters) => [...Array(ORDER - 1).fill(BEGIN), ...letters];

function count(counts, context, letter) {
  if (!counts.has(context)) counts.set(context, { all: 0, letters: new Map() });
  const found = counts.get(context);
  found.all++;
  found.letters.set(letter, (found.letters.get(letter) ?? 0) + 1);
}

/** The share of a letter after a context, mixed with that after shorter ones. */
function score(counts, letter, context) {
  const found = counts.get(context.join(""));
  const share = found ? (found.letters.get(letter) ?? 0) / found.all : 0;
  if (!context.length) return share;
  const shorter = score(counts, letter, context.slice(1));
  if (!found) return shorter;
  const kept = found.letters.size / (found.letters.size + found.all);
  return (1 - kept) * share + kept * shorter;
}
