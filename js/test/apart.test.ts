import { expect, test } from "vitest";
import { tellingApart } from "../src/text/apart";

test("of names that begin alike, what tells them apart is shown", () => {
  const names = [
    "Average annual rainfall",
    "Average annual heat",
    "Soil",
    "Average monthly rainfall",
  ];
  expect(tellingApart(names)).toEqual(["…rainfall", "…heat", "Soil", "…monthly rainfall"]);
  expect(tellingApart(["sepal_length_in_centimetres", "sepal_width_in_centimetres"])).toEqual([
    "…length_in_centimetres",
    "…width_in_centimetres",
  ]);
});

test("short names, and long ones that begin otherwise, stay whole", () => {
  for (const names of [
    ["x1", "x2"],
    ["Temperature", "Rainfall"],
    [],
    ["A single name, and a long one"],
  ])
    expect(tellingApart(names)).toEqual(names);
  const long = ["Median household income", "Average annual rainfall"];
  expect(tellingApart(long)).toEqual(long);
});

test("a long word is cut where it differs, and no letter is cut in two", () => {
  expect(tellingApart(["averageannualrainfall", "averageannualheat"])).toEqual([
    "…alrainfall",
    "…alheat",
  ]);
  expect(tellingApart(["Average precipitation", "Average precipitation in July"])).toEqual([
    "…on",
    "…on in July",
  ]);
  expect(tellingApart(["Average of 😀 in a year", "Average of 😁 in a year"])).toEqual([
    "…😀 in a year",
    "…😁 in a year",
  ]);
});
