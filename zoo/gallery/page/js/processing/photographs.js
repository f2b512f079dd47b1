// A photograph of any size → the square of points that the captioner reads; symbols → a sentence.

import { over } from "./images.js";

const END = 3;
const BITS = 22;

/** RGBA bytes squeezed to a square, red, green and blue from 0 to 255, as Pillow resizes bytes. */
export function squeezed(rgba, width, height, side) {
  let points = new Uint8ClampedArray(3 * width * height);
  for (let i = 0; i < points.length; i++) {
    const pixel = 4 * Math.floor(i / 3);
    points[i] = over(rgba[pixel + (i % 3)], rgba[pixel + 3]);
  }
  if (width !== side) points = resampled(points, height, width, side, (row, x, size) => row * size + x);
  if (height !== side) points = resampled(points, side, height, side, (column, y) => y * side + column);
  return Float32Array.from(points);
}

/** One pass of bilinear resampling in the fixed point that Pillow computes bytes in. */
function resampled(points, lines, from, to, place) {
  const resized = new Uint8ClampedArray(3 * lines * to);
  const scale = from / to;
  const reach = Math.max(scale, 1);
  for (let at = 0; at < to; at++) {
    const centre = (at + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const last = Math.min(Math.trunc(centre + reach + 0.5), from);
    const shares = Array.from({ length: last - first }, (_, i) => Math.max(0, 1 - Math.abs((i + first - centre + 0.5) * (1 / reach))));
    const sum = shares.reduce((a, b) => a + b, 0);
    const weights = shares.map((share) => Math.trunc(0.5 + (share / sum) * 2 ** BITS));
    for (let line = 0; line < lines; line++) {
      for (let colour = 0; colour < 3; colour++) {
        let value = 2 ** (BITS - 1);
        weights.forEach((weight, i) => (value += points[3 * place(line, first + i, from) + colour] * weight));
        resized[3 * place(line, at, to) + colour] = Math.floor(value / 2 ** BITS);
      }
    }
  }
  return resized;
}

/** The words of symbols, those before the end. */
export const spelled = (symbols, words) => symbols.filter((symbol) => symbol > END).map((symbol) => words[symbol - END - 1]);

/** Words as a sentence. */
export function sentence(words) {
  const text = words.join(" ");
  return text && `${text[0].toUpperCase()}${text.slice(1)}.`;
}
