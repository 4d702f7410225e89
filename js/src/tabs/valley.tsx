/** "Valley": room for the map of the loss, which the kernel draws into a widget beside the panel. */

import { Hole } from "../parts/hole";
import type { View } from "../state/view";

export const Valley = ({ view }: { view: View }) =>
  view.plots.value.valley ? (
    <Hole kind="valley" />
  ) : (
    <p class="lr-sample">
      The loss over two of the weights and biases as a map, with the path of this run, is drawn here
      by the kernel.
    </p>
  );
