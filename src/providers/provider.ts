import type { Prices } from "../llm/money.ts";
import type { ProtocolId, Target } from "../protocols/protocol.ts";

/** Who runs models, where, and how it wants to be asked. */
export interface Provider {
  readonly id: string;
  /** Its name for people. */
  readonly name: string;
  readonly protocol: ProtocolId;
  readonly baseUrl: string;
  /** An environment variable that replaces `baseUrl`. */
  readonly baseUrlVariable?: string;
  /** Environment variables that may hold the key, in order. */
  readonly keyVariables: readonly string[];
  /** Where a user gets a key. */
  readonly keyUrl?: string;
  readonly auth: Auth;
}

/** How a key is sent: in a header of its own, as a bearer token, or not at all. */
export type Auth = { readonly header: string } | "bearer" | "none";

/** A model as it stands in the catalogue. */
export interface ModelRecord {
  /** The provider's name for it, as sent on the wire. */
  readonly name: string;
  readonly provider: string;
  /** Other names that users may give; unique in the catalogue. */
  readonly aliases: readonly string[];
  readonly window: number;
  readonly maxOutput: number;
  readonly thinking: Target["thinking"];
  readonly prices: Prices;
}
