// The zoo's models in ONNX Runtime Web.

import * as ort from "../ort/ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = new URL("../ort/", import.meta.url).href;
// Threads need headers that a plain host of static files does not send.
ort.env.wasm.numThreads = 1;

/** A tensor of 32-bit floats. */
export const floats = (values, shape) => new ort.Tensor("float32", Float32Array.from(values), shape);

/** A tensor of 32-bit integers. */
export const integers = (values, shape) => new ort.Tensor("int32", Int32Array.from(values), shape);

/** Whether the browser runs what ONNX Runtime Web is compiled to. */
export function isSupported() {
  // A module of one function that splats an integer over a vector.
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  return typeof WebAssembly === "object" && WebAssembly.validate(Uint8Array.from(simd));
}

/** A model of the gallery: the content of its `model.json`, and its graphs, each opened when needed. */
export class Model {
  constructor(folder, about) {
    this.folder = folder;
    this.about = about;
    this.sessions = {};
  }

  static async open(folder) {
    return new Model(folder, await (await fetched(`${folder}/model.json`)).json());
  }

  /** The content of a file beside the model, as text. */
  async text(file) {
    return (await fetched(`${this.folder}/${file}`)).text();
  }

  /** Runs a graph of the model: tensors by name → tensors by name. */
  async run(feeds, graph = "model") {
    const session = await this.session(graph);
    return session.run({ ...this.initialStates(session, Object.values(feeds)[0].dims[0]), ...feeds });
  }

  /** Starts a stream: a function from the inputs of a block of time steps to its outputs, which carries the states. */
  async stream() {
    const session = await this.session(this.about.stream);
    let states = this.initialStates(session, 1);
    return async (feeds) => {
      const outputs = await session.run({ ...feeds, ...states });
      states = Object.fromEntries(Object.keys(states).map((name) => [name, outputs[`${name}_next`]]));
      return outputs;
    };
  }

  /** The initial states for a batch of sequences, of those states that a graph takes. */
  initialStates(session, sequences) {
    const states = Object.entries(this.about.states).filter(([name]) => session.inputNames.includes(name));
    return Object.fromEntries(
      states.map(([name, { shape, values }]) => {
        const repeated = Array(sequences).fill(values).flat(Infinity);
        return [name, floats(repeated, [sequences, ...shape])];
      }),
    );
  }

  session(graph) {
    this.sessions[graph] ??= fetched(`${this.folder}/${graph}.onnx`)
      .then((response) => response.arrayBuffer())
      .then((bytes) => ort.InferenceSession.create(bytes));
    return this.sessions[graph];
  }
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} is not there (${response.status}).`);
  return response;
}
