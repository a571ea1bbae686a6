import type { JsonObject } from "../../src/llm/json.ts";
import type { Model } from "../../src/providers/model.ts";
import { openModel, type Endpoint } from "../../src/providers/open-model.ts";

/** A model whose provider says these bodies, one for each request, and the requests that it got. */
export interface Answering {
  readonly model: Model;
  readonly requests: JsonObject[];
}

/** A model behind a `fetch` that knows its answers; asked once too often, it fails. */
export function answering(
  bodies: readonly (string | Uint8Array<ArrayBuffer>)[],
  endpoint: Pick<Endpoint, "protocol"> & Partial<Endpoint>,
): Answering {
  const requests: JsonObject[] = [];
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const sent = await new Response(init?.body).text();
    const body = bodies[requests.push(JSON.parse(sent) as JsonObject) - 1];
    if (body === undefined) throw new Error(`request ${requests.length} was not expected`);
    return new Response(body);
  };
  const model = openModel({
    baseUrl: "http://127.0.0.1:9",
    model: "m",
    retries: 0,
    fetch,
    ...endpoint,
  });
  return { model, requests };
}
