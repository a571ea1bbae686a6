import type { Hand } from "./hand.ts";
import type { Refused, Wire, WireStream } from "./wire.ts";

export const eventStream = { "content-type": "text/event-stream" };
export const json = { "content-type": "application/json" };

/** A text part that is begun and finished. */
export const text = (out: WireStream, pieces: readonly string[]): string =>
  out.open() + pieces.map((piece) => out.piece(piece)).join("") + out.close();

/** Some text before it goes wrong: a part that is finished, and one that is open. */
const someText = (out: WireStream): string =>
  out.begin() + text(out, ["It begins well."]) + out.open() + out.piece("And then");

/** A whole stream: `middle` writes its parts. */
export function written(
  wire: Wire,
  middle: (out: WireStream) => string,
  reason: "end" | "tool" = "end",
): string {
  const out = wire.stream();
  return out.begin() + middle(out) + out.end(reason);
}

/** The body of a good answer, as the client asked for it. */
export const goodBody = (hand: Hand, wire: Wire): string =>
  hand.streams ? written(wire, (out) => text(out, hand.answer.split(/(?<= )/))) : wire.whole(hand.answer);

/** The type of what the client asked for. */
export const typeOf = (hand: Hand): Readonly<Record<string, string>> => (hand.streams ? eventStream : json);

/** A good answer. */
export function answerWell(
  hand: Hand,
  wire: Wire,
  headers: Readonly<Record<string, string>> = {},
  pack: (body: string) => string | Uint8Array = (body) => body,
): void {
  hand.head(200, { ...typeOf(hand), ...headers });
  hand.end(pack(goodBody(hand, wire)));
}

/** A good answer whose body has no end. */
export async function sayAll(hand: Hand, wire: Wire): Promise<void> {
  hand.head(200, typeOf(hand));
  await hand.write(goodBody(hand, wire));
}

/** An error's status and body. */
export function refuse(hand: Hand, { status, headers, body }: Refused, more = {}): void {
  hand.head(status, { ...json, ...headers, ...more });
  hand.end(body);
}

/** Sends some text of a stream, or, to who asked for none, the first half of the whole answer. */
export async function begin(hand: Hand, wire: Wire): Promise<WireStream> {
  const out = wire.stream();
  const whole = goodBody(hand, wire);
  hand.head(200, typeOf(hand));
  await hand.write(hand.streams ? someText(out) : whole.slice(0, whole.length / 2));
  return out;
}

/** A stream, at once. */
export function stream(hand: Hand, body: string): void {
  hand.head(200, eventStream);
  hand.end(body);
}
