import { defineConfig } from "vitest/config";

// When a wait is given up, not what is expected: machines are slow, and busy.
const testTimeout = 60_000;

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], environment: "node", testTimeout },
});
