"""The lessons by what they are about, for those who point into them."""

from __future__ import annotations

LINE = "00_one_line"
CROPS = "01_crop_yields"
UPDATE = "02_one_gradient_update"
RATE = "03_the_learning_rate"
BREAK = "04_break_it"
SCALES = "05_scales_and_valleys"
BATCHES = "06_batches_and_noise"
TABLE = "07_your_own_table"
UNSEEN = "08_rows_it_has_never_seen"
WRONG = "09_one_wrong_row"
LIBRARY = "10_from_scratch_to_torch_nn"
MACHINES = "11_many_machines"
