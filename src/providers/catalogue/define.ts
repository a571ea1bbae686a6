import type { Prices } from "../../llm/money.ts";
import type { Dialect } from "../../protocols/dialect.ts";
import type { ProtocolId } from "../../protocols/protocol.ts";
import type { Family, ModelRecord, Provider } from "../provider.ts";
import type { Listing } from "./listing.ts";
import { listDate, listSource, priceList, pricePages } from "./price-list.ts";

/** What a row says of a model; the rest comes from its family, its provider and the price list. */
export type Row = Pick<ModelRecord, "name"> &
  Partial<
    Pick<ModelRecord, "aliases" | "protocol" | "window" | "maxOutput" | "thinking" | "prices" | "dialect">
  >;

/** A provider's models from rows, with the window and the prices of the list where a row has none of its own. */
export function define(provider: Provider, rows: readonly Row[]): ModelRecord[] {
  return rows.map((row) => {
    const listed = priceList.get(`${provider.id}/${row.name}`);
    const prices = row.prices ?? pricesOf(provider, listed);
    return {
      provider: provider.id,
      aliases: [],
      thinking: waysOf(provider, row.name).thinking,
      ...(listed?.window !== undefined && { window: listed.window }),
      ...row,
      ...(prices !== undefined && { prices }),
    };
  });
}

function pricesOf(provider: Provider, listing: Listing | undefined): Prices | undefined {
  if (listing?.rates === undefined) return undefined;
  const { rates, tiers, webSearch, until } = listing;
  const page = pricePages.get(provider.id) ?? `${provider.name}'s prices`;
  return {
    rates,
    ...(tiers !== undefined && { tiers }),
    ...(webSearch !== undefined && { webSearch }),
    date: listDate,
    source: `${page}, as given by ${listSource}${until === undefined ? "" : `; another price from ${until} on`}`,
  };
}

/** How a provider wants a model of this name to be asked, where no record says otherwise. */
export interface Ways {
  readonly protocol: ProtocolId;
  readonly thinking: ModelRecord["thinking"];
  readonly dialect: Dialect | undefined;
}

/** The ways of a name's family, else those of its provider. */
export function waysOf(provider: Provider, name: string): Ways {
  let family: Family | undefined;
  for (const each of provider.families ?? []) {
    if (name.startsWith(each.prefix) && each.prefix.length > (family?.prefix.length ?? -1)) family = each;
  }
  return {
    protocol: family?.protocol ?? provider.protocol,
    thinking: family?.thinking ?? provider.thinking ?? "adaptive",
    dialect: family?.dialect,
  };
}
