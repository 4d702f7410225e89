/** "Predictions": the rows of the batch, and predictions against targets for all rows. */

import { useSignal } from "@preact/signals";
import type { View } from "../../state/view";
import { Batch } from "./batch";
import { Fit } from "./fit";

export function Predictions({ view }: { view: View }) {
  const all = useSignal(false);
  return (
    <div class="lr-predictions">
      <Batch view={view} />
      <Fit view={view} all={all} />
    </div>
  );
}
