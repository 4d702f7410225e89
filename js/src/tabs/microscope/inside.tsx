/** "Inside the update": the sentence; the code, and under it where a number comes from; the tensors. */

import type { View } from "../../state/view";
import { Code } from "./code";
import { Tensors } from "./tensors";
import { Why } from "./why";

export const Inside = ({ view }: { view: View }) => (
  <div class="lr-inside">
    <Sentence view={view} />
    <Code view={view} />
    <Why view={view} />
    <Tensors view={view} />
  </div>
);

const Sentence = ({ view }: { view: View }) => (
  <p class="lr-sentence">{view.micro.frame.value.sentence}</p>
);
