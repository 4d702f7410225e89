import { defineConfig } from "vitest/config";

// A wait is given up only where nothing will come: five seconds, the default, are too few on a busy machine.
const testTimeout = 60_000;

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], environment: "node", testTimeout },
});
