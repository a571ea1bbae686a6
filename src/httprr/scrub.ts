import { isSecretName, replaceKeys, replaceQueryKeys } from "../log/key-like.ts";
import { headerValues } from "./message.ts";
import type { TraceHeader, TraceRequest, TraceResponse } from "./message.ts";

/** What stands in a trace in place of a secret. */
export const SCRUBBED = "SCRUBBED";

/**
 * What a scrubber is given: an exchange about to be written, or, on replay, a live request about to be looked
 * up, which has no response yet.
 */
export interface ScrubRecord {
  readonly request: TraceRequest;
  readonly response: TraceResponse | undefined;
}

/**
 * Returns the record to write in place of the one given. It must change a request the same way each time, or
 * the recorded request is not found again. It gets copies: what is sent and what the caller receives stay as
 * they are.
 */
export type Scrubber = (record: ScrubRecord) => ScrubRecord;

/** Headers that say who asks, and are no credential. */
const IDENTITIES: ReadonlySet<string> = new Set([
  "anthropic-organization-id",
  "openai-organization",
  "openai-project",
]);
const CREDENTIAL_HEADERS = ["authorization", "x-api-key", "api-key", "x-goog-api-key", "anthropic-api-key"];

const SHORTEST_CREDENTIAL = 16;

/**
 * The default scrubber: credentials, cookies and organisation ids in headers; keys in URLs; key-like strings,
 * and the credential of the request itself, wherever they stand. It cannot see a key that a streamed answer
 * spells over several events. Doing it twice changes nothing.
 */
export const scrubSecrets: Scrubber = ({ request, response }) => {
  const text = textScrubber(credentialsOf(request));
  const headers = (list: readonly TraceHeader[]): TraceHeader[] =>
    list.map(([name, value]) => [name, isSecret(name.toLowerCase()) ? SCRUBBED : scrubUrl(text(value))]);
  return {
    request: {
      ...request,
      url: scrubUrl(text(request.url)),
      headers: headers(request.headers),
      body: editText(request.body, text),
    },
    response: response && {
      ...response,
      headers: headers(response.headers),
      body: editText(response.body, text),
    },
  };
};

/** Edits a body that is text, and leaves any other alone. A help for scrubbers. */
export function editText(body: Uint8Array, edit: (text: string) => string): Uint8Array {
  const text = textOf(body);
  if (text === undefined) return body;
  const edited = edit(text);
  return edited === text ? body : Buffer.from(edited);
}

/** The body as text, or nothing where it is not UTF-8. */
export function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

/**
 * The scrubbers one after another; the default comes last, so that whatever the others do no known secret is
 * written.
 */
export function joinScrubbers(own: readonly Scrubber[]): Scrubber {
  return (record) => scrubSecrets(own.reduce((current, scrubber) => scrubber(current), record));
}

const isSecret = (name: string): boolean => IDENTITIES.has(name) || isSecretName(name);

const scrubUrl = (text: string): string => replaceQueryKeys(text, SCRUBBED);

// A key of unknown form is still known when it is sent: a server may repeat it in an error.
function credentialsOf(request: TraceRequest): string[] {
  return CREDENTIAL_HEADERS.flatMap((name) => headerValues(request.headers, name))
    .map((value) => value.replace(/^\S+\s+/, "").trim())
    .filter((value) => value.length >= SHORTEST_CREDENTIAL);
}

function textScrubber(credentials: readonly string[]): (text: string) => string {
  const once = (text: string): string =>
    replaceKeys(
      credentials.reduce((current, secret) => current.replaceAll(secret, SCRUBBED), text),
      SCRUBBED,
    );
  // What is left on both sides of a removed key may be one too. Each round makes the text shorter.
  return (text) => {
    for (let before = text; ; before = text) {
      text = once(before);
      if (text === before) return text;
    }
  };
}
