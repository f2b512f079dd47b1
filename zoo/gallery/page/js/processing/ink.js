// Strokes of a pen, each a list of [x, y] with y upwards → the steps that the network reads.

import { Refusal } from "../page.js";
import { even } from "./images.js";

export const FEATURES = 5;
const STEP = 0.4;
const FLATTEST = 0.15;
const TINY = 1e-9;
const FARTHEST = 10;
const MOST = 4000;

const total = (numbers) => numbers.reduce((a, b) => a + b, 0);
const moves = (stroke) => stroke.slice(1).map(([x, y], i) => [x - stroke[i][0], y - stroke[i][1]]);
const lengths = (stroke) => moves(stroke).map(([x, y]) => Math.hypot(x, y));

/** Rows of direction (cosine, sine), length, whether the pen was in the air, and the height. */
export function steps(drawing) {
  const strokes = drawing.filter((stroke) => stroke.length).map(moving);
  if (!strokes.length) throw new Refusal("The ink has no points; write one word.");
  const [middle, deviation] = along(strokes);
  let scale = Math.max(deviation[1], FLATTEST * deviation[0]);
  // A dot, or one straight line between two points.
  if (scale <= TINY * Math.max(...middle.map(Math.abs))) scale = 1;
  const walks = strokes.map((stroke) => walked(stroke.map(([x, y]) => [(x - middle[0]) / scale, (y - middle[1]) / scale])));
  const number = total(walks.map((walk) => walk.length));
  if (number > MOST) throw new Refusal(`The ink is as long as ${(number / MOST).toFixed(1)} of the longest words that can be read; write one word.`);
  const begins = new Set();
  walks.reduce((place, walk) => (begins.add(place), place + walk.length), 0);
  const points = walks.flat();
  return points.map(([x, y], i) => {
    const [dx, dy] = i ? [x - points[i - 1][0], y - points[i - 1][1]] : [0, 0];
    const length = Math.hypot(dx, dy);
    const direction = length ? [dx / length, dy / length] : [1, 0];
    return [...direction, Math.min(length, FARTHEST), Number(i > 0 && begins.has(i)), y];
  });
}

/** The points of a stroke without those at which the pen stood still. */
const moving = (stroke) => stroke.filter(([x, y], i) => !i || x !== stroke[i - 1][0] || y !== stroke[i - 1][1]);

/** Mean and standard deviation of x and y along the ink, whatever the number of points on it. */
function along(strokes) {
  let places = strokes.flatMap((stroke) => stroke.slice(1).map(([x, y], i) => [(x + stroke[i][0]) / 2, (y + stroke[i][1]) / 2]));
  let weights = strokes.flatMap(lengths);
  if (!total(weights)) {
    places = strokes.flat();
    weights = places.map(() => 1);
  }
  const average = (values) => total(values.map((value, i) => value * weights[i])) / total(weights);
  const mean = [0, 1].map((axis) => average(places.map((place) => place[axis])));
  return [mean, mean.map((middle, axis) => Math.sqrt(average(places.map((place) => (place[axis] - middle) ** 2))))];
}

/** The points at equal distances along a stroke, its ends among them. */
function walked(stroke) {
  const distances = [0];
  for (const length of lengths(stroke)) distances.push(distances.at(-1) + length);
  const all = distances.at(-1);
  if (!all) return stroke.slice(0, 1);
  const number = Math.max(Math.min(even(all / STEP), MOST) + 1, 2);
  let segment = 0;
  return Array.from({ length: number }, (_, i) => {
    const wanted = i === number - 1 ? all : (i * all) / (number - 1);
    while (segment < stroke.length - 2 && distances[segment + 1] <= wanted) segment++;
    const [begin, end] = [stroke[segment], stroke[segment + 1]];
    const share = (wanted - distances[segment]) / (distances[segment + 1] - distances[segment]);
    return [0, 1].map((axis) => (i === number - 1 ? stroke.at(-1)[axis] : begin[axis] + share * (end[axis] - begin[axis])));
  });
}
