import type { Tool } from "../../conversation/tool.ts";
import type { Redactor } from "../../log/redactor.ts";
import { system, type Clock } from "../../providers/system.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { within } from "../within.ts";
import { directTool, tokensOf } from "./direct-tools.ts";
import { McpError } from "./error.ts";
import type { Environment } from "./expand.ts";
import { lazyTools } from "./lazy-tools.ts";
import { defaultLimits, type McpLimits } from "./limits.ts";
import { pinsInFile, pinsInMemory, type Pins } from "./pins.ts";
import type { McpServer } from "./server.ts";
import type { Lookup } from "./server-fetch.ts";
import { ServerLink, type McpChange } from "./server-link.ts";
import { oneLine } from "./words.ts";

/** What {@link openMcp} is given. */
export interface McpOptions {
  /** A project's only when its folder is trusted. Of two with the same name the user's counts, then the first. */
  readonly servers: readonly McpServer[];
  /** Where the servers' programs run. */
  readonly sandbox: Sandbox;
  /** Where variables in the configuration come from. */
  readonly env: Environment;
  /** Told what people should know, in a line that is harmless to print. */
  readonly onNotice: (text: string) => void;
  /**
   * A file out of the sandbox's reach, in which it is kept to what tools the user has agreed, by hash. Without it that is
   * forgotten with the process.
   */
  readonly pins?: string | Pins;
  /** Asks the user about tools that are not as they were. Without it, they are not used, and a notice says how to agree. */
  readonly agree?: (change: McpChange) => Promise<boolean>;
  /** Takes secrets out of what servers say, beside those that they were configured with. */
  readonly redact?: Redactor;
  /** The machine's own by default. */
  readonly clock?: Clock;
  readonly limits?: Partial<McpLimits>;
  /** How hosts are looked up; Node's own way by default. */
  readonly lookup?: Lookup;
}

/** How a server is. */
export interface McpServerState {
  readonly server: McpServer;
  /** How many tools of it may be used; undefined while nobody has asked it. */
  readonly tools: number | undefined;
}

/** Servers of the Model Context Protocol (https://modelcontextprotocol.io), as tools. It has to be closed. */
export interface Mcp {
  readonly servers: readonly McpServerState[];
  /**
   * The tools for a model. Within `waitMs` milliseconds all servers are started and asked; when all have answered and
   * their tools together are small (`directTokens`), these are given as `mcp__SERVER__TOOL`. Otherwise two are given,
   * `mcp_tools` and `mcp_call`, which start what they need. With 0 nothing is started. None where there are no servers.
   * Never rejects for what a server does: that is told as a notice.
   */
  tools(options?: { readonly waitMs?: number; readonly signal?: AbortSignal }): Promise<readonly Tool[]>;
  /** Ends all servers. */
  close(): Promise<void>;
}

const WAIT_MS = 5000;

/** Takes note of servers; none is started before it is needed. */
export function openMcp(options: McpOptions): Promise<Mcp> {
  const { sandbox, env, onNotice, agree, redact, lookup, clock = system.clock } = options;
  const pins = typeof options.pins === "string" ? pinsInFile(options.pins) : (options.pins ?? pinsInMemory());
  const limits = { ...defaultLimits, ...options.limits };
  const room = { sandbox, env, clock, limits, pins, agree, onNotice, redact, lookup };
  const links = chosen(options.servers, onNotice).map((server) => new ServerLink(server, room));
  return Promise.resolve({
    get servers() {
      return links.map(({ server, known }) => ({ server, tools: known?.length }));
    },
    tools: async ({ waitMs = WAIT_MS, signal = new AbortController().signal } = {}) => {
      if (links.length === 0) return [];
      if (waitMs <= 0) return lazyTools(links);
      const asked = Promise.all(links.map((link) => answers(link, signal, onNotice)));
      if ((await within(clock, asked, waitMs, signal)) !== "done") return lazyTools(links);
      const listed = (await asked).flatMap((tools, at) =>
        tools.map((tool) => ({ link: links[at] as ServerLink, tool })),
      );
      if (tokensOf(listed.map(({ tool }) => tool)) > limits.directTokens) return lazyTools(links);
      const tools: Tool[] = [];
      for (const { link, tool } of listed) {
        try {
          tools.push(await directTool(link, tool));
        } catch (error) {
          const why = oneLine(error instanceof Error ? error.message : String(error));
          onNotice(`MCP server ${tool.server}: its tool ${tool.name} is left out: ${why}`);
        }
      }
      return tools;
    },
    close: async () => {
      await Promise.all(links.map((link) => link.close()));
    },
  });
}

/** The tools of a server; none of one that fails, which is told. */
async function answers(
  link: ServerLink,
  signal: AbortSignal,
  onNotice: (text: string) => void,
): Promise<Awaited<ReturnType<ServerLink["tools"]>>> {
  try {
    return await link.tools(signal);
  } catch (error) {
    if (!signal.aborted) onNotice(error instanceof McpError ? error.message : oneLine(String(error)));
    return [];
  }
}

/** One server for each name: a project cannot stand in for one of the user's. */
function chosen(servers: readonly McpServer[], onNotice: (text: string) => void): readonly McpServer[] {
  const found = new Map<string, McpServer>();
  for (const origin of ["user", "project"] as const) {
    for (const server of servers) {
      if (server.origin !== origin) continue;
      const before = found.get(server.name);
      if (before === undefined) found.set(server.name, server);
      else {
        const whose = `${before.origin}'s` === `${origin}'s` ? "an earlier one" : `the ${before.origin}'s`;
        onNotice(`the ${origin}'s MCP server ${server.name} is passed over: ${whose} has the same name`);
      }
    }
  }
  return [...found.values()];
}
