/** "Valley": room for the map of the loss, which the kernel draws into a widget beside the panel. */

import type { View } from "../state/view";
import { say } from "../text/say";

export const Valley = ({ view }: { view: View }) =>
  view.plots.value.valley ? (
    <div class="lr-hole lr-hole-valley" data-plot="valley" />
  ) : (
    <p class="lr-sample">
      {view.run.mode.value === "trains" ? say("page.valley") : say("losses.valley")}
    </p>
  );
