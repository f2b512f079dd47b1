// A plan chosen, and the actions that the network does, one after the other.

import { element, examples, latest, likeliest } from "../page.js";
import { floats } from "../runtime.js";

const STEPS = 24;

export async function start(model, page) {
  const { cycles, actions } = model.about;
  const output = element("p", { id: "output", style: "font-size: 1.6rem; letter-spacing: 0.2em; overflow-wrap: anywhere" });
  const show = latest(async (cycle) => {
    const plan = cycles.map((each) => Number(each === cycle));
    const next = await model.stream();
    let done = "";
    for (let step = 0; step < STEPS; step++) {
      const { jordan } = await next({ plan: floats(plan, [1, 1, plan.length]) });
      done += actions[likeliest(Array.from(jordan.data))];
      output.textContent = done;
    }
  });
  page.append(
    element("p", { textContent: `The plan stays the same at every step; the network's own outputs, fed back, tell it where in the sequence it is. It does ${STEPS} actions.` }),
    examples(cycles, show),
    output,
  );
  await show(cycles[7]);
}
