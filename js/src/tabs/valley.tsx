/** "Valley": room for the map of the loss, which the kernel draws into a widget beside the panel. */

import { Hole } from "../parts/hole";
import type { View } from "../state/view";
import { say } from "../text/say";

export const Valley = ({ view }: { view: View }) =>
  view.plots.value.valley ? (
    <Hole kind="valley" />
  ) : (
    <p class="lr-sample">
      {view.run.mode.value === "trains" ? say("page.valley") : say("losses.valley")}
    </p>
  );
