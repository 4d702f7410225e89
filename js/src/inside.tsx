/** "Inside the update": the sentence, the code beside the tensors, and where a number comes from. */

import { Code } from "./code";
import { Fold } from "./fold";
import { Tensors } from "./tensors";
import type { View } from "./view";
import { Why } from "./why";

export const Inside = ({ view }: { view: View }) => (
  <Fold view={view} control="microscope" name="Inside the update" kind="lr-inside" open>
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
