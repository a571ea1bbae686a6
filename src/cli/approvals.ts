import { shownCall } from "../agent/permissions/permissions.ts";
import type { LineReader, Typed } from "./line-reader.ts";
import type { ApprovalEvent, Session } from "./session.ts";
import type { Teller } from "./terminal.ts";

const QUESTION = "run it? [y]es, [n]o, [a]lways this tool; or say why not: ";

/** Asks at the terminal whether calls may run, one after another. */
export class Approvals {
  readonly #session: Pick<Session, "decide">;
  readonly #lines: LineReader;
  readonly #tell: Teller;
  readonly #cancel: () => void;
  /** Tools that need no further leave here. */
  readonly #always = new Set<string>();
  #asking: Promise<void> = Promise.resolve();

  constructor(session: Pick<Session, "decide">, lines: LineReader, tell: Teller, cancel: () => void) {
    this.#session = session;
    this.#lines = lines;
    this.#tell = tell;
    this.#cancel = cancel;
  }

  /** Asks about a call, when those before it are decided. */
  ask(event: ApprovalEvent, signal: AbortSignal): void {
    this.#asking = this.#asking.then(() => this.#ask(event, signal));
  }

  async #ask(event: ApprovalEvent, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { name, input } = event;
    if (!this.#always.has(name)) {
      this.#tell.reply(`\n${shownCall({ name, input, argumentsText: "" })}`);
      const typed = await this.#lines.read(QUESTION);
      if (signal.aborted) return;
      if (typed.type !== "text") return this.#cancel();
      const verdict = verdictOf(typed);
      if (verdict === "always") this.#always.add(name);
      else if (verdict !== "allow") return this.#decide(event, verdict);
    }
    this.#decide(event, "allow");
  }

  #decide(event: ApprovalEvent, verdict: "allow" | "deny" | { readonly deny: string }): void {
    try {
      this.#session.decide(event, verdict);
    } catch {
      // The turn ended meanwhile: nobody waits for it any more.
    }
  }
}

/** What an answer says. Only a clear yes is one; what is more than a no is told to the model. */
function verdictOf({
  text,
}: Extract<Typed, { readonly type: "text" }>): "allow" | "always" | "deny" | { readonly deny: string } {
  const said = text.trim();
  if (/^y(es)?$/i.test(said)) return "allow";
  if (/^a(lways)?$/i.test(said)) return "always";
  return said === "" || /^no?$/i.test(said) ? "deny" : { deny: said };
}
