import type { Readable } from "node:stream";
import type { Redactor } from "../../../log/redactor.ts";
import { capLine } from "../../text/cap-lines.ts";
import { HeadAndTail, type Excerpt } from "../../text/head-and-tail.ts";
import { showInvisible } from "../../text/invisible.ts";
import { PieceRedactor } from "../../text/piece-redactor.ts";
import { TerminalText } from "../../text/terminal-text.ts";
import type { CommandLog } from "./command-log.ts";

/** How much of what came since the last look is kept for the next, and of each line, in UTF-16 units. */
const MOST_SHOWN = 30 * 1024;
const LONGEST_LINE = 2000;

/** What a program writes, on its way from bytes to what a model is shown and to a log. */
export class CommandOutput {
  readonly #sources: Source[];
  readonly #redactor: PieceRedactor;
  readonly #log: CommandLog;
  #unseen = new HeadAndTail(MOST_SHOWN, LONGEST_LINE);
  /** Told when something came, or a source is at its end. */
  onChange: (() => void) | undefined;
  /** Told of each text, as a model may see it. */
  onText: ((text: string) => void) | undefined;

  constructor(streams: readonly Readable[], log: CommandLog, redact: Redactor | undefined) {
    this.#log = log;
    this.#redactor = new PieceRedactor(redact);
    this.#sources = streams.map(
      (stream) =>
        new Source(
          stream,
          (text) => this.#take(text),
          () => this.onChange?.(),
        ),
    );
  }

  /** Whether all of it is there. */
  get isOver(): boolean {
    return this.#sources.every(({ isOver }) => isOver);
  }

  /** What came since this was last asked; a line that is not over is shown as it stands, and again when it is. */
  takeUnseen(): Excerpt {
    const unseen = this.#unseen;
    this.#unseen = new HeadAndTail(MOST_SHOWN, LONGEST_LINE);
    for (const { openLine } of this.#sources) {
      if (openLine !== "")
        unseen.push(`${capLine(this.#redactor.peek(showInvisible(openLine)), LONGEST_LINE)}\n`);
    }
    return unseen.excerpt();
  }

  /** Reads no further. */
  close(): void {
    for (const source of this.#sources) source.close();
  }

  #take(text: string): void {
    const shown = this.#redactor.push(showInvisible(text));
    this.#log.write(shown);
    this.#unseen.push(shown);
    this.onText?.(shown);
  }
}

/** One of a program's streams. */
class Source {
  readonly #stream: Readable;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #terminal: TerminalText;
  readonly #changed: () => void;
  isOver = false;

  constructor(stream: Readable, take: (text: string) => void, changed: () => void) {
    this.#stream = stream;
    this.#changed = changed;
    this.#terminal = new TerminalText(take);
    stream.on("data", (chunk: Buffer) => {
      if (this.isOver) return;
      this.#terminal.push(this.#decoder.decode(chunk, { stream: true }));
      changed();
    });
    for (const event of ["end", "close", "error"]) stream.on(event, () => this.#finish());
  }

  get openLine(): string {
    return this.#terminal.open;
  }

  close(): void {
    this.#finish();
    this.#stream.destroy();
  }

  #finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#terminal.push(this.#decoder.decode());
    this.#terminal.end();
    this.#changed();
  }
}
