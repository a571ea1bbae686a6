/*
 * The program inside the sandbox that reads and writes files for the agent's tools: what the kernel keeps from it is
 * kept from them. Its working folder is the workspace.
 */

import { serve } from "./serve.ts";

await serve(process.stdin, process.stdout, () => performance.now());
