// Subwords of a text by a SentencePiece model: its normaliser, and the likeliest path of a unigram model.
// After google/sentencepiece (Apache-2.0).

const SPACE = "\u2581";
const UNKNOWN_PENALTY = 10;
const [NORMAL, UNKNOWN, CONTROL] = [1, 2, 3];
const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Fields of a protocol buffer: [number, value], a value a number or bytes. */
function* fields(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let place = 0;
  const varint = () => {
    let [value, shift] = [0, 1];
    for (;;) {
      const byte = bytes[place++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      shift *= 128;
    }
  };
  while (place < bytes.length) {
    const key = varint();
    const [number, kind] = [key >>> 3, key & 7];
    if (kind === 0) yield [number, varint()];
    else if (kind === 5) yield [number, view.getFloat32((place += 4) - 4, true)];
    else if (kind === 1) yield [number, view.getFloat64((place += 8) - 8, true)];
    else {
      const size = varint();
      yield [number, bytes.subarray(place, (place += size))];
    }
  }
}

export class SentencePiece {
  /** The model of an asset. */
  static async read(asset) {
    const compressed = Uint8Array.from(atob(asset), (each) => each.charCodeAt(0));
    const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new SentencePiece(new Uint8Array(await new Response(stream).arrayBuffer()));
  }

  /** A model as bytes. */
  constructor(bytes) {
    this.pieces = [];
    this.index = new Map();
    let lowest = Infinity;
    let charsmap = new Uint8Array();
    for (const [number, value] of fields(bytes)) {
      if (number === 1) {
        const { 1: piece, 2: score = 0, 3: type = NORMAL } = Object.fromEntries(fields(value));
        const id = this.pieces.push({ piece: text.decode(piece), type }) - 1;
        if (type === UNKNOWN) this.unknown = id;
        if (type === NORMAL) {
          this.index.set(this.pieces[id].piece, [id, score]);
          lowest = Math.min(lowest, score);
        }
      } else if (number === 3) {
        charsmap = Object.fromEntries(fields(value))[2] ?? charsmap;
      }
    }
    this.longest = Math.max(...[...this.index.keys()].map((piece) => piece.length));
    this.unknownScore = Math.fround(lowest - UNKNOWN_PENALTY);
    this.normaliser = new Normaliser(charsmap);
  }

  /** The indices of a text's subwords; unknown characters side by side are one. */
  encode(text) {
    return this.spelled(text).filter((id, i, ids) => id !== this.unknown || ids[i - 1] !== this.unknown);
  }

  /** The indices of a text's subwords, and of each unknown character. */
  spelled(text) {
    const normal = this.normaliser.normal(text);
    const best = [{ score: 0 }];
    for (let start = 0; start < normal.length; ) {
      const here = best[start];
      const width = normal.codePointAt(start) > 0xffff ? 2 : 1;
      const reach = (end, id, score) => {
        const candidate = Math.fround(score + here.score);
        if (!best[end] || candidate > best[end].score) best[end] = { score: candidate, id, start };
      };
      let isSpelled = false;
      for (let end = start + width; end <= Math.min(normal.length, start + this.longest); end++) {
        const piece = this.index.get(normal.slice(start, end));
        if (!piece) continue;
        reach(end, ...piece);
        isSpelled ||= end === start + width;
      }
      if (!isSpelled) reach(start + width, this.unknown, this.unknownScore);
      start += width;
    }
    const ids = [];
    for (let end = normal.length; end > 0; end = best[end].start) ids.unshift(best[end].id);
    return ids;
  }

  /** Each subword as it is spelled, without the space before it. */
  names(ids) {
    return ids.map((id) => this.pieces[id].piece.replace(/^\u2581/, ""));
  }

  /** The text that subwords spell. */
  decode(ids) {
    const spelled = ids.filter((id) => this.pieces[id].type !== CONTROL).map((id) => this.pieces[id].piece);
    return spelled.join("").replaceAll(SPACE, " ").replace(/^ +/, "");
  }
}

/** A map from characters to others, as a double-array trie over bytes with the texts behind it. */
class Normaliser {
  constructor(charsmap) {
    const view = new DataView(charsmap.buffer, charsmap.byteOffset, charsmap.byteLength);
    const size = charsmap.length ? view.getUint32(0, true) : 0;
    this.units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.texts = charsmap.subarray(4 + size);
  }

  /** The text as the model reads it: mapped, spaces as ▁, one before it and none twice or behind. */
  normal(text) {
    const bytes = utf8.encode(text);
    let normalised = "";
    for (let place = 0; place < bytes.length; ) {
      const [mapped, length] = this.prefix(bytes, place);
      for (const character of mapped) if (character !== " " || !(normalised === "" || normalised.endsWith(" "))) normalised += character;
      place += length;
    }
    normalised = normalised.replace(/ +$/, "");
    return normalised && SPACE + normalised.replaceAll(" ", SPACE);
  }

  /** What the longest known beginning of the bytes is mapped to, or the next character, and its length. */
  prefix(bytes, begin) {
    let [node, value, length] = [0, -1, 0];
    const offset = (unit) => (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    if (this.units.length) {
      node ^= offset(this.units[0]);
      for (let place = begin; place < bytes.length; place++) {
        node ^= bytes[place];
        const unit = this.units[node];
        if (((unit & 0x800000ff) >>> 0) !== bytes[place]) break;
        node ^= offset(unit);
        if ((unit >>> 8) & 1) [value, length] = [this.units[node] & 0x7fffffff, place + 1 - begin];
      }
    }
    if (length) return [text.decode(this.texts.subarray(value, this.texts.indexOf(0, value))), length];
    const width = bytes[begin] < 0x80 ? 1 : bytes[begin] < 0xe0 ? 2 : bytes[begin] < 0xf0 ? 3 : 4;
    return [text.decode(bytes.subarray(begin, begin + width)), width];
  }
}
