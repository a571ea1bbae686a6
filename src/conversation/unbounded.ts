import { ConfigurationError } from "../llm/errors.ts";
import { isObject, own } from "../llm/json.ts";
import type { Request } from "../llm/request.ts";
import type { ModelInfo } from "../providers/model.ts";

/*
 * What makes the cost of a call endless: a budget of dollars or tokens refuses it.
 */

/** @param what tells the caller what to do about it. */
export function unbounded(why: string, what: string): ConfigurationError {
  return new ConfigurationError(
    "unbounded",
    `a budget of dollars or tokens cannot be kept for this call: ${why}; ${what}`,
  );
}

/** Tools of the vendor that the caller runs himself: they cost what their calls and results have in tokens. */
const runByCaller: Readonly<Record<string, RegExp>> = {
  "anthropic-messages": /^(?:bash|text_editor|computer|memory|custom)(?:_\d{8})?$/,
  "openai-responses": /^(?:function|custom|local_shell|apply_patch)$/,
  "openai-chat": /^(?:function|custom)$/,
};

/**
 * How many web searches the provider can run in a call. Of the tools that a provider runs itself, only Anthropic's web
 * search has a bound (`max_uses`: https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool).
 * @param priced whether they must have a price.
 * @throws ConfigurationError `unbounded` for any other.
 */
export function searchesOf(
  { tools = [] }: Request,
  { protocol, prices }: ModelInfo,
  priced: boolean,
): number {
  let searches = 0;
  for (const tool of tools) {
    if (tool.type !== "vendor" || tool.protocol !== protocol) continue;
    const type = own(tool.value, "type");
    const name = typeof type === "string" ? type : Object.keys(tool.value).join(", ");
    if (runByCaller[protocol]?.test(name) === true) continue;
    const uses = own(tool.value, "max_uses");
    const bounded = /^web_search_\d{8}$/.test(name) && typeof uses === "number" && Number.isSafeInteger(uses);
    if (!bounded || uses < 0 || (priced && prices?.webSearch === undefined)) {
      throw unbounded(
        `the provider runs its tool ${name} as often as it likes`,
        "leave it out, or use Anthropic's web search with `max_uses`",
      );
    }
    searches += uses;
  }
  return searches;
}

/** Options of providers that change what is charged: another bound, another model, more input, more answers. */
const charging: ReadonlySet<string> = new Set(
  [
    "max_tokens max_completion_tokens max_output_tokens maxOutputTokens n candidateCount best_of",
    "model models service_tier speed inference_geo extra_body",
    "tools plugins web_search_options search_parameters mcp_servers container",
    "previous_response_id conversation prompt cachedContent cached_content",
  ].flatMap((names) => names.split(" ")),
);

/**
 * Refuses the provider's own options where they undo a bound.
 * @throws ConfigurationError `unbounded`
 */
export function refuseOptions({ providerOptions }: Request): void {
  if (providerOptions === undefined) return;
  const { generationConfig, generation_config } = providerOptions;
  const name = [providerOptions, generationConfig, generation_config]
    .flatMap((options) => (isObject(options) ? Object.keys(options) : []))
    .find((each) => charging.has(each));
  if (name === undefined) return;
  throw unbounded(
    `providerOptions.${name} changes what is charged`,
    "leave it out, or use the request's own settings (maxOutputTokens, tools)",
  );
}
