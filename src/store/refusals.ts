import { StoreError } from "./errors.ts";
import type { Holder } from "./holder.ts";

/** What every shelf says in the same words. */

export function noSession(id: string): StoreError {
  return new StoreError(
    "not-found",
    `there is no session ${id}; \`colloquy sessions\` lists those that there are`,
  );
}

export function held(id: string, { host, pid }: Holder): StoreError {
  return new StoreError(
    "held",
    `session ${id} is open in process ${pid} on ${host}; end it first, or go on with a fork of the session`,
  );
}

export function taken(id: string): StoreError {
  return new StoreError(
    "taken",
    `another process has taken over session ${id}, or deleted it; what happens here is not written any more`,
  );
}

export function there(id: string): StoreError {
  return new StoreError("taken", `there is a session ${id} already; begin this one anew`);
}
