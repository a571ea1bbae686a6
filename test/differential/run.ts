import { readTrace, traceFiles } from "../conformance/read-trace.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { Board } from "./board.ts";
import { byAnthropic } from "./by-anthropic.ts";
import { byGemini } from "./by-gemini.ts";
import { byOpenaiChat } from "./by-openai-chat.ts";
import { byOpenaiResponses } from "./by-openai-responses.ts";
import { byUs } from "./by-us.ts";
import { changes } from "./changes.ts";
import { judge } from "./judge.ts";
import { knownDifferences } from "./known-differences.ts";
import { reading, type Facts, type Reading } from "./reading.ts";
import type { Sdks } from "./sdks.ts";
import { wireOf, type Wire } from "./wire.ts";

const vendors: Readonly<Record<ProtocolId, (sdks: Sdks, wire: Wire) => Promise<Facts>>> = {
  "anthropic-messages": byAnthropic,
  "openai-chat": byOpenaiChat,
  "openai-responses": byOpenaiResponses,
  gemini: byGemini,
};

/** How many answers each change is tried on, in each language, streamed and whole. */
const TRIES = 5;

/** Reads every recorded answer below a folder with the vendor's SDK and with us, and compares. */
export async function runDifferential(folder: string, sdks: Sdks): Promise<Board> {
  const board = new Board();
  const tried = new Map<string, number>();
  for (const file of traceFiles(folder)) {
    const trace = readTrace(file, folder);
    if ("reason" in trace) {
      board.skip(`no trace: ${trace.reason}`);
      continue;
    }
    const { protocol, name, exchanges } = trace;
    if (!isKnown(protocol)) {
      board.skip(`no SDK here for ${protocol}`, exchanges.length);
      continue;
    }
    for (const [at, exchange] of exchanges.entries()) {
      const { status } = exchange;
      if (status < 200 || (status >= 300 && status < 400)) {
        board.skip(`status ${status} is no answer`);
        continue;
      }
      const wire = wireOf(protocol, trace, exchange);
      const bySdk = await reading(() => vendors[protocol](sdks, wire));
      const verdict = judge(wire, bySdk, await reading(() => byUs(wire)), knownDifferences[protocol]);
      board.add(exchanges.length > 1 ? `${name} #${at + 1}` : name, wire, verdict);
      if (verdict.is === "equal") await checkOurselves(board, wire, bySdk, tried);
    }
  }
  return board;
}

/** A comparison that cannot fail says nothing: it must notice what was changed on purpose in an equal answer. */
async function checkOurselves(
  board: Board,
  wire: Wire,
  bySdk: Reading,
  tried: Map<string, number>,
): Promise<void> {
  if (bySdk.ends === "failure") return;
  for (const change of changes) {
    const what = `${change.name}, ${wire.protocol}, ${wire.streamed ? "streamed" : "whole"}`;
    const times = tried.get(what) ?? 0;
    if (times === TRIES || !change.has(bySdk.facts, wire)) continue;
    tried.set(what, times + 1);
    const changed = { ...wire, body: change.make(wire) };
    const verdict = judge(wire, bySdk, await reading(() => byUs(changed)), knownDifferences[wire.protocol]);
    const found = verdict.is === "different" ? verdict.differences : [];
    board.selfCheck(
      what,
      found.some(({ feature }) => feature === change.shows),
    );
  }
}

function isKnown(protocol: string): protocol is ProtocolId {
  return Object.hasOwn(vendors, protocol);
}
