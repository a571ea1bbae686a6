import type { OpenTools } from "../../src/cli/tools.ts";

/** Tools as if they were opened: none, in no folder, unless the test says otherwise. */
export function fakeTools(given: Partial<OpenTools>): OpenTools {
  const enforcement = "nothing";
  return {
    tools: [],
    system: "",
    facts: { workspace: "/", platform: "linux", date: "2026-01-01", enforcement, hosts: [], plan: false },
    approve: () => "allow",
    companions: [],
    enforcement,
    repository: undefined,
    connect: () => undefined,
    decide: () => undefined,
    close: async () => undefined,
    ...given,
  };
}
