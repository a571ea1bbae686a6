import type { JsonObject } from "./json.ts";
import type { CacheMark, VendorFields } from "./message.ts";

/** The half of a tool that a model sees. */
export interface ToolSpec {
  readonly type?: "function";
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments; an object schema. */
  readonly inputSchema: JsonObject;
  readonly cache?: CacheMark;
  readonly vendor?: VendorFields;
}

/** A tool that the vendor runs itself (web search, code execution), declared in the vendor's own words. */
export interface VendorTool {
  readonly type: "vendor";
  readonly protocol: string;
  readonly value: JsonObject;
}

/**
 * Whether the model may (`auto`), must (`any`) or must not (`none`) call a tool, or which one it must call.
 * `parallel: false` allows one call at most.
 */
export type ToolChoice =
  | { readonly mode: "auto" | "any"; readonly parallel?: boolean }
  | { readonly mode: "none" }
  | { readonly mode: "tool"; readonly name: string; readonly parallel?: boolean };
