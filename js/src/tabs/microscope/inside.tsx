/** "Inside the update": the sentence, the code beside the tensors, and where a number comes from. */

import { Fold } from "../../parts/fold";
import type { View } from "../../state/view";
import { say } from "../../text/say";
import { Code } from "./code";
import { Tensors } from "./tensors";
import { Why } from "./why";

export const Inside = ({ view }: { view: View }) => (
  <Fold
    view={view}
    control="microscope"
    name={say("controls.label", { control: "microscope" })}
    kind="lr-inside"
    open
  >
    {() => (
      <>
        <Sentence view={view} />
        <div class="lr-scope">
          <Code view={view} />
          <Tensors view={view} />
        </div>
        <Why view={view} />
      </>
    )}
  </Fold>
);

const Sentence = ({ view }: { view: View }) => (
  <p class="lr-sentence">{view.micro.frame.value.sentence}</p>
);
