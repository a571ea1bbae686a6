import type { Message, TextPart } from "../llm/message.ts";
import type { Cost } from "../llm/money.ts";
import type { TotalUsage } from "../llm/total.ts";
import type { ModelInfo } from "../providers/model.ts";

/** A cost as JSON can say it: pico-dollars as a decimal text, so that no digit is lost. */
export type CostJson =
  | { readonly known: true; readonly picodollars: string; readonly dollars: number }
  | { readonly known: false; readonly why: string; readonly atLeast: string };

/** A conversation as plain data. `version` tells readers what to expect. */
export interface ConversationJson {
  readonly version: 1;
  readonly id: string;
  readonly parentId?: string;
  readonly model: Pick<ModelInfo, "name" | "provider">;
  readonly system: readonly TextPart[];
  readonly messages: readonly Message[];
  readonly usage: Omit<TotalUsage, "cost"> & { readonly cost: CostJson };
}

interface Facts {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly model: ModelInfo;
  readonly system: readonly TextPart[];
  readonly messages: readonly Message[];
  readonly usage: TotalUsage;
}

/** Writes a conversation down. */
export function toJson({ id, parentId, model, system, messages, usage }: Facts): ConversationJson {
  return {
    version: 1,
    id,
    ...(parentId !== undefined && { parentId }),
    model: { name: model.name, provider: model.provider },
    system,
    messages,
    usage: { ...usage, cost: costJson(usage.cost) },
  };
}

/** A cost without its bigint, which JSON cannot say. */
export function costJson(cost: Cost): CostJson {
  return cost.known
    ? { known: true, picodollars: String(cost.picodollars), dollars: cost.dollars }
    : { known: false, why: cost.why, atLeast: String(cost.atLeast) };
}
