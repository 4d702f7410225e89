/** The article's table: temperature, rainfall, humidity; and the yields of mangoes and oranges. */

export const INPUTS = [
  [73, 67, 43],
  [91, 88, 64],
  [87, 134, 58],
  [102, 43, 37],
  [69, 96, 70],
  [74, 66, 43],
  [91, 87, 65],
  [88, 134, 59],
  [101, 44, 37],
  [68, 96, 71],
  [73, 66, 44],
  [92, 87, 64],
  [87, 135, 57],
  [103, 43, 36],
  [68, 97, 70],
] as const;

export const TARGETS = [
  [56, 70],
  [81, 101],
  [119, 133],
  [22, 37],
  [103, 119],
  [57, 69],
  [80, 102],
  [118, 132],
  [21, 38],
  [104, 118],
  [57, 69],
  [82, 100],
  [118, 134],
  [20, 38],
  [102, 120],
] as const;

/** The largest stable rate of a full batch. */
export const LIMIT = 1.1155e-4;

/** Above it some batch of three is thrown further away. */
export const WORST = 6.89e-5;

export const ROWS = [..."ABCDEFGHIJKLMNO"];
export const FEATURES = ["Temperature", "Rainfall", "Humidity"];
export const TARGET_NAMES = ["Mangoes", "Oranges"];
