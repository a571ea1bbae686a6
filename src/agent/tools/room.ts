import path from "node:path";
import type { Redactor } from "../../log/redactor.ts";
import { system, type Clock } from "../../providers/system.ts";
import { Hands } from "../hands/hands.ts";
import { handsProgram } from "../hands/program.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { Commands } from "./shell/commands.ts";
import type { WebAccess } from "./web/web-access.ts";

/** What the tools of an agent are given. */
export interface ToolRoomOptions {
  readonly sandbox: Sandbox;
  /** An absolute path, out of the reach of what runs inside: whole outputs of commands are kept there. */
  readonly logFolder: string;
  /** The machine's own by default. */
  readonly clock?: Clock;
  /** Takes secrets out of what commands print, before a log or a model sees it. */
  readonly redact?: Redactor;
  /** How many bytes of output a command's log holds; 64 MB by default. */
  readonly logBytes?: number;
  /** Which hosts may be asked, and how. Without it there is no `web_fetch`. */
  readonly web?: WebAccess;
  /** How the program that touches files is started inside, where that is not this Node on this package. */
  readonly handsProgram?: readonly [string, ...string[]];
}

/** What the tools of one agent share. It has to be closed. */
export interface ToolRoom {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly commands: Commands;
  readonly hands: Hands;
  /** For what may have to be ended by force, as a search may: nothing that writes is ended with it. */
  readonly searcher: Hands;
  readonly web: WebAccess | undefined;
  /** Ends all commands that still run, and the programs that touch files. */
  close(): Promise<void>;
}

const LOG_BYTES = 64 * 1024 * 1024;

/** Sets up what tools share; nothing is started before it is needed. */
export function openToolRoom(options: ToolRoomOptions): ToolRoom {
  const { sandbox, logFolder, clock = system.clock, redact, logBytes = LOG_BYTES, web } = options;
  const program = options.handsProgram ?? handsProgram();
  const commands = new Commands({ sandbox, clock, logFolder: path.resolve(logFolder), logBytes, redact });
  const hands = new Hands({ sandbox, clock, program });
  const searcher = new Hands({ sandbox, clock, program });
  return {
    sandbox,
    clock,
    commands,
    hands,
    searcher,
    web,
    close: async () => {
      await Promise.all([commands.close(), hands.close(), searcher.close()]);
    },
  };
}
