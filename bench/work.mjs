// The work: what the mock server says and what every client must have understood. Both sides derive it from the
// model's name, so the check needs no second channel: "bench-2000" is an answer of 2,000 deltas, "bench-2000-270" the
// same in events of about 270 bytes, "bench-2000-bulk" in HTTP chunks of 16 KB instead of one for each event, and
// "bench-2000-p2" one event every 2 ms instead of all in one socket write. "bench-13-count" says as its input tokens
// how many messages it was sent.

const prose =
  "A conversation is a list of things said, and most of what goes wrong with it goes wrong between two of them: a call " +
  "without its answer, an answer that was cut, a word counted twice. The careful program keeps the list in order and " +
  "writes down what it is about to do before it does it, so that whoever comes after can tell what was finished. ";

// Lengths, escapes and trailing blanks follow 2,296 text deltas recorded from Anthropic's API: events of 116 to 424
// bytes with a median of 131, texts with a median of 12 characters, a quarter of them with a quote or a line break,
// one in twenty beyond ASCII, two in five padded with up to 15 blanks before the last brace.
const lengths = [3, 4, 6, 6, 8, 10, 12, 12, 14, 18, 24, 30, 44, 62];
const escapes = ["\n\n", '"', "\n- ", '."', "\\"];
const beyondAscii = ["\u2014", "\u2019", "\u00e9", "\u{1f389}"];
const usualEvent = 131;

/**
 * @param messages how many messages the request has, for a model that counts them
 * @returns {{ model: string, pieces: { text: string, pad: number }[], text: string, bulk: boolean, pace: number, counts: boolean, usage: object }}
 */
export function work(model, messages = 1) {
  const match = /^bench-(\d{1,6})(?:-(\d{1,5}))?(-bulk)?(?:-p(\d{1,4}))?(-count)?$/.exec(model);
  if (match === null) throw new Error(`not a model of this server: ${model}`);
  const count = Number(match[1]);
  const longer = Math.max(0, Number(match[2] ?? usualEvent) - usualEvent - 10);
  const random = numbers(count);
  const pieces = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[random(lengths.length)] + longer;
    let text = "";
    while (text.length < length) {
      const from = at % prose.length;
      const taken = prose.slice(from, from + length - text.length);
      text += taken;
      at += taken.length;
    }
    const dice = random(100);
    if (dice < 25) text += escapes[random(escapes.length)];
    else if (dice < 30) text += beyondAscii[random(beyondAscii.length)];
    pieces.push({ text, pad: random(5) < 2 ? random(16) : 0 });
  }
  return {
    model,
    pieces,
    text: pieces.map((piece) => piece.text).join(""),
    bulk: match[3] !== undefined,
    pace: Number(match[4] ?? 0),
    counts: match[5] !== undefined,
    usage: { input: match[5] === undefined ? 21 : messages, cacheRead: 4, output: count + 1 },
  };
}

/** What the client says each time. */
export const question = "In a few words: why should a program write down what it is about to do?";

/** The same as the messages of a request. */
export const firstMessages = [{ role: "user", content: question }];

/** 2 KB such as a tool returns: lines of a file with quotes, different in each turn. */
export function toolResult(turn) {
  let text = `turn ${turn}\n`;
  for (let line = 1; text.length < 2048; line++) {
    const from = (turn * 37 + line * 53) % (prose.length - 60);
    text += `${line}\tsay("${prose.slice(from, from + 60)}");\n`;
  }
  return text.slice(0, 2048);
}

/** Room for the longest answer asked for here, so that no client has a reason to choose its own limit. */
export const maxOutputTokens = 8192;

/** A conversation as it is kept by hand: an array that is sent whole. Returns what says the next thing in it. */
export function conversation(send) {
  const messages = [];
  return async (text) => {
    messages.push({ role: "user", content: text });
    const answer = await send(messages);
    messages.push({ role: "assistant", content: answer.text });
    return answer;
  };
}

/** Throws when a client misunderstood the answer. `deltas` is absent where the client does not stream. */
export function check(expected, got) {
  const { usage } = expected;
  if (got.text !== expected.text) {
    throw new Error(`wrong text: ${String(got.text).length} characters, not ${expected.text.length}`);
  }
  if (got.deltas !== undefined && got.deltas !== expected.pieces.length) {
    throw new Error(`wrong number of deltas: ${got.deltas}, not ${expected.pieces.length}`);
  }
  for (const name of Object.keys(usage)) {
    if (got.usage[name] !== usage[name])
      throw new Error(`wrong usage: ${name} ${got.usage[name]}, not ${usage[name]}`);
  }
}

// The same numbers on every run and machine (a linear congruential generator).
function numbers(seed) {
  let state = (seed * 2654435761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
