// A language model of words: n-grams of letters with Witten-Bell smoothing.

const ORDER = 5;
const BEGIN = "<";
const END = ">";

/** Labels → log p of the last one after those before it; 0, the blank, as the last label is the end. */
export function language(words, alphabet) {
  const ngrams = new Map();
  for (const word of words) {
    const symbols = padded([...word, END]);
    symbols.forEach((letter, i) => {
      for (let order = 0; order < ORDER && order <= i; order++) count(ngrams, symbols.slice(i - order, i).join(""), letter);
    });
  }
  const cache = new Map();
  return (labels) => {
    const letters = labels.map((label) => (label ? alphabet[label - 1] : END));
    const gram = padded(letters).slice(-ORDER);
    const key = gram.join("");
    // A letter that is in no word has the probability of one in a million.
    if (!cache.has(key)) cache.set(key, Math.log(Math.max(prob(ngrams, gram.at(-1), gram.slice(0, -1)), 1e-6)));
    return cache.get(key);
  };
}

const padded = (letters) => [...Array(ORDER - 1).fill(BEGIN), ...letters];

function count(ngrams, context, letter) {
  if (!ngrams.has(context)) ngrams.set(context, { total: 0, letters: new Map() });
  const following = ngrams.get(context);
  following.total++;
  following.letters.set(letter, (following.letters.get(letter) ?? 0) + 1);
}

/** p of a letter after a context, interpolated with that after shorter contexts. */
function prob(ngrams, letter, context) {
  const following = ngrams.get(context.join(""));
  const frequency = following ? (following.letters.get(letter) ?? 0) / following.total : 0;
  if (!context.length) return frequency;
  const shorter = prob(ngrams, letter, context.slice(1));
  if (!following) return shorter;
  const backoff = following.letters.size / (following.letters.size + following.total);
  return (1 - backoff) * frequency + backoff * shorter;
}
