// An image of a digit → the points that MNIST would have of it.

import { Refusal } from "../page.js";

export const SIDE = 28;
const BOX = 20;
const FAINT = Math.fround(0.2);

/** Brightness from 0 to 1 of RGBA bytes, what is transparent white, as Pillow turns it to grey. */
export function grey(rgba, width, height) {
  const brightness = new Float32Array(width * height);
  for (let i = 0; i < brightness.length; i++) {
    const [red, green, blue, alpha] = rgba.subarray(4 * i, 4 * i + 4);
    const onWhite = (colour) => over(colour, alpha);
    brightness[i] = Math.fround(((onWhite(red) * 19595 + onWhite(green) * 38470 + onWhite(blue) * 7471 + 0x8000) >>> 16) / 255);
  }
  return brightness;
}

/** A colour on white, in the integers that Pillow's alpha compositing uses. */
export function over(colour, alpha) {
  if (alpha === 0) return 255;
  const blend = alpha * 255 + 255 * (255 - alpha);
  const share = Math.trunc((alpha * 255 * 255 * (1 << 7)) / blend);
  const rest = 255 * (1 << 7) - share;
  const sum = colour * share + 255 * rest + (0x80 << 7);
  return ((((sum >> 8) + sum) >> 8) >> 7) & 255;
}

/** The digit of an image, 28 x 28, 0 paper to 1 ink. */
export function digit(points, width, height) {
  if (width === SIDE && height === SIDE && paper(points, width, height) === 0) return points;
  return centred(fitted(inked(points, width, height), width, height));
}

function paper(points, width, height) {
  const edge = [];
  for (let x = 0; x < width; x++) edge.push(points[x], points[(height - 1) * width + x]);
  for (let y = 0; y < height; y++) edge.push(points[y * width], points[y * width + width - 1]);
  edge.sort((a, b) => a - b);
  const middle = edge.length / 2;
  return Math.fround((edge[Math.ceil(middle) - 1] + edge[Math.floor(middle)]) / 2);
}

function inked(points, width, height) {
  const ground = paper(points, width, height);
  const ink = points.map((point) => Math.abs(point - ground));
  const most = ink.reduce((a, b) => Math.max(a, b), 0);
  if (most < Math.fround(0.1)) throw new Refusal("The image is blank; write something into it.");
  return ink.map((point) => point / most);
}

/** The digit cut out and resized so that its longer side is the box's: { points, width, height }. */
function fitted(ink, width, height) {
  const isInk = (x, y) => ink[y * width + x] > FAINT;
  const range = (size) => Array.from({ length: size }, (_, i) => i);
  const columns = range(width).filter((x) => range(height).some((y) => isInk(x, y)));
  const rows = range(height).filter((y) => range(width).some((x) => isInk(x, y)));
  const [left, top] = [columns[0], rows[0]];
  const cut = { width: columns.at(-1) - left + 1, height: rows.at(-1) - top + 1 };
  cut.points = Float32Array.from({ length: cut.width * cut.height }, (_, i) => ink[(top + Math.floor(i / cut.width)) * width + left + (i % cut.width)]);
  const longer = Math.max(cut.width, cut.height);
  const [wide, high] = [cut.width, cut.height].map((size) => Math.max(1, even((BOX * size) / longer)));
  const resized = resize(cut, wide, high);
  return { ...resized, points: resized.points.map((point) => Math.min(Math.max(point, 0), 1)) };
}

/** Pillow's bilinear resampling of floats: first along the rows, then along the columns. */
function resize({ points, width, height }, wide, high) {
  const across = wide === width ? points : resampled(points, height, width, wide, (row, x) => row * width + x, (row, x) => row * wide + x);
  const down = high === height ? across : resampled(across, wide, height, high, (column, y) => y * wide + column, (column, y) => y * wide + column);
  return { points: down, width: wide, height: high };
}

function resampled(points, lines, from, to, read, write) {
  const resized = new Float32Array(lines * to);
  const scale = from / to;
  const reach = Math.max(scale, 1);
  for (let place = 0; place < to; place++) {
    const centre = (place + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const last = Math.min(Math.trunc(centre + reach + 0.5), from);
    const weights = Array.from({ length: last - first }, (_, i) => Math.max(0, 1 - Math.abs((i + first - centre + 0.5) / reach)));
    const sum = weights.reduce((a, b) => a + b, 0);
    for (let line = 0; line < lines; line++) {
      let value = 0;
      weights.forEach((weight, i) => (value += points[read(line, first + i)] * (weight / sum)));
      resized[write(line, place)] = value;
    }
  }
  return resized;
}

/** The digit on 28 by 28 points, its centre of mass in the middle where there is room. */
function centred({ points, width, height }) {
  const mass = points.reduce((a, b) => a + b, 0);
  const centre = (place) => points.reduce((sum, point, i) => sum + point * (place(i) + 0.5), 0) / mass;
  const start = (middle, size) => Math.min(Math.max(even(SIDE / 2 - middle), 0), SIDE - size);
  const left = start(centre((i) => i % width), width);
  const top = start(centre((i) => Math.floor(i / width)), height);
  const pixels = new Float32Array(SIDE * SIDE);
  points.forEach((point, i) => (pixels[(top + Math.floor(i / width)) * SIDE + left + (i % width)] = point));
  return pixels;
}

/** The nearest integer, the even one of two as near, as Python rounds. */
export function even(value) {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
