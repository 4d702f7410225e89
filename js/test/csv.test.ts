import { expect, test } from "vitest";
import { lossesAsCsv } from "../src/text/csv";

test("a line for each update, and at an epoch's end its mean and the loss of all rows", () => {
  const columns = [20988.0625, 3, 2.5].map((x, index) => ({ update: index + 1, min: x, max: x }));
  const rows = [
    { epoch: 0, update: 0, mean: Number.NaN, full: 7 },
    { epoch: 1, update: 2, mean: 10495.53125, full: 1.25 },
  ];
  expect(lossesAsCsv(columns, rows).split("\n")).toEqual([
    "update,batch_loss,mean_loss,full_loss",
    ...["0,,,7", "1,20988.0625,,", "2,3,10495.5313,1.25", "3,2.5,,", ""],
  ]);
});

test("a long run has the least and the greatest loss of each stretch; what is not finite says so", () => {
  const columns = [
    { update: 2, min: 1, max: 2 },
    { update: 4, min: Number.NaN, max: Number.POSITIVE_INFINITY },
  ];
  expect(lossesAsCsv(columns, []).split("\n")).toEqual([
    "update,batch_loss_min,batch_loss_max,mean_loss,full_loss",
    ...["2,1,2,,", "4,,inf,,", ""],
  ]);
});

test("rows held out have a column of their own, where there are some", () => {
  const columns = [4, 3].map((x, index) => ({ update: index + 1, min: x, max: x }));
  const rows = [{ epoch: 1, update: 2, mean: 3.5, full: 1.25 }];
  expect(lossesAsCsv(columns, rows, { x: [0, 2], y: [9, 8.5] }).split("\n")).toEqual([
    "update,batch_loss,mean_loss,full_loss,held_out_loss",
    ...["0,,,,9", "1,4,,,", "2,3,3.5,1.25,8.5", ""],
  ]);
});

test("without updates there is the head alone", () => {
  expect(lossesAsCsv([], [])).toBe("update,batch_loss,mean_loss,full_loss\n");
});
