// Items read, and the one recalled that came after the one asked for.

import * as raw from "../processing/ntm-recall.js";
import { machine } from "./machine.js";

export const start = (model, page) => machine(model, page, raw);
