import type { TestContext } from "node:test";
import {
  faultServer,
  type FaultServer,
  type FaultServerOptions,
  type FaultStep,
} from "../../src/testing/index.ts";

/** A fault server that closes with the test. */
export async function started(
  t: TestContext,
  plan: readonly FaultStep[] = [],
  options: FaultServerOptions = {},
): Promise<FaultServer> {
  const server = await faultServer(plan, options);
  t.after(() => server.close());
  return server;
}
