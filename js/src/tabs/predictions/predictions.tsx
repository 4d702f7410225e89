/** "Predictions": the rows of the batch, and predictions against targets for all rows. */

import type { View } from "../../state/view";
import { Batch } from "./batch";
import { Fit } from "./fit";

export const Predictions = ({ view }: { view: View }) => (
  <div class="lr-predictions">
    <Batch view={view} />
    <Fit view={view} />
  </div>
);
