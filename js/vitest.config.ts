import { defineConfig } from "vitest/config";

export default defineConfig({
  // A test that hangs is ended; how long others take is the machine's affair.
  test: { include: ["test/**/*.test.ts"], environment: "node", testTimeout: 120_000 },
});
