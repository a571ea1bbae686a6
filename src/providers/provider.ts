import type { Prices } from "../llm/money.ts";
import type { Dialect } from "../protocols/dialect.ts";
import type { ProtocolId, Target } from "../protocols/protocol.ts";

/** Who runs models, where, and how it wants to be asked. */
export interface Provider {
  readonly id: string;
  /** Its name for people. */
  readonly name: string;
  /** The language its models are asked in, where nothing says otherwise. */
  readonly protocol: ProtocolId;
  /** Up to but without the protocol's own path. */
  readonly baseUrl: string;
  /** An environment variable that replaces `baseUrl`. */
  readonly baseUrlVariable?: string;
  /** Environment variables that may hold the key, in order. */
  readonly keyVariables: readonly string[];
  /** Where a user gets a key. */
  readonly keyUrl?: string;
  readonly auth: Auth;
  /** What is odd about how it speaks. */
  readonly dialect?: Dialect;
  /** The other languages it speaks, and what is different there. */
  readonly also?: Readonly<Partial<Record<ProtocolId, Place>>>;
  /** Whether it runs on the user's own machine: all its models are free. */
  readonly local?: boolean;
  /** How its models are told to think, where neither a family nor a record says; `adaptive` by default. */
  readonly thinking?: Target["thinking"];
  /** Models that have something in common, by the beginning of their names. The longest that fits counts. */
  readonly families?: readonly Family[];
}

/** What one of a provider's languages has for itself. */
export interface Place {
  readonly baseUrl?: string;
  readonly auth?: Auth;
  readonly dialect?: Dialect;
}

/** What holds for all models of a provider whose names begin alike, listed or not. */
export interface Family {
  readonly prefix: string;
  readonly protocol?: ProtocolId;
  readonly thinking?: Target["thinking"];
  readonly dialect?: Dialect;
}

/** How a key is sent: in a header of its own, as a bearer token, or not at all. */
export type Auth = { readonly header: string } | "bearer" | "none";

/** How a key is usually sent in each language. */
export const usualAuth: Readonly<Record<ProtocolId, Auth>> = {
  "anthropic-messages": { header: "x-api-key" },
  "openai-chat": "bearer",
  "openai-responses": "bearer",
  gemini: { header: "x-goog-api-key" },
};

/** A model as it stands in the catalogue. What is not known of it is absent. */
export interface ModelRecord {
  /** The provider's name for it, as sent on the wire. */
  readonly name: string;
  readonly provider: string;
  /** Other names that users may give; unique in the catalogue. */
  readonly aliases: readonly string[];
  /** The language it is asked in, where it is not its family's or its provider's. */
  readonly protocol?: ProtocolId;
  /** How many tokens input and output may have together. */
  readonly window?: number;
  /** The largest answer it can give, in tokens. */
  readonly maxOutput?: number;
  readonly thinking: Target["thinking"];
  /** What it costs. Absent when unknown, which is not the same as free. */
  readonly prices?: Prices;
  /** What is odd about it among its provider's models. */
  readonly dialect?: Dialect;
}

/** All that is known by name. */
export interface Catalogue {
  readonly providers: readonly Provider[];
  readonly models: readonly ModelRecord[];
}
