/** Who wrote a configuration: the user, or the project that the agent works in. */
export type McpOrigin = "user" | "project";

/** A server that is a program, spoken to over its standard input and output. */
export interface StdioServer {
  readonly type: "stdio";
  readonly name: string;
  readonly origin: McpOrigin;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside what every program in the sandbox sees. */
  readonly env: Readonly<Record<string, string>>;
  /** The workspace when absent. */
  readonly cwd?: string;
  /** It runs as the user's own programs do, not in the sandbox. Only the user's own file can say so. */
  readonly outside: boolean;
}

/** A server that is asked over streamable HTTP. */
export interface HttpServer {
  readonly type: "http";
  readonly name: string;
  readonly origin: McpOrigin;
  /** As it was written; `${VAR}` may stand in it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** It may be in a private network. Only the user's own file can say so. */
  readonly private: boolean;
}

/** A server as it was configured; variables in it are not expanded yet. */
export type McpServer = StdioServer | HttpServer;
