import { lookup as lookupByName, type LookupAddress } from "node:dns";
import { request as requestPlain, type IncomingMessage } from "node:http";
import { request as requestSecure } from "node:https";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { NotAllowed } from "./not-allowed.ts";
import { isPublic as isPublicAddress } from "../../sandbox/public-address.ts";
import type { WebAccess } from "./web-access.ts";

/** What {@link nodeWeb} takes from the machine. */
export interface NodeWebOptions {
  readonly lookup?: (host: string) => Promise<readonly LookupAddress[]>;
  readonly isPublic?: (address: string) => boolean;
}

/**
 * The web by Node's own HTTP, without a proxy. The address that is connected to is one that was looked at: a name that
 * changes its address in between gains nothing.
 * @param hosts as in {@link WebAccess.hosts}.
 */
export function nodeWeb(hosts: readonly string[], options: NodeWebOptions = {}): WebAccess {
  const { lookup = lookupAll, isPublic = isPublicAddress } = options;
  const lookupPublic: LookupFunction = (host, { all }, give) => {
    lookup(host).then(
      (found) => {
        const [first] = found;
        if (first === undefined || !found.every(({ address }) => isPublic(address))) {
          give(new NotAllowed(`${host} is in a private network, and is not asked`), "", 0);
        } else if (all === true) give(null, [...found]);
        else give(null, first.address, first.family);
      },
      (error: Error) => give(error, "", 0),
    );
  };
  return {
    hosts,
    addressesOf: async (host) => (await lookup(host)).map(({ address }) => address),
    fetch: (url, { method, headers, signal }) =>
      new Promise((resolve, reject) => {
        const request = url.startsWith("https:") ? requestSecure : requestPlain;
        const asked = { method, signal, lookup: lookupPublic, agent: false } as const;
        request(url, { ...asked, headers: { ...headers, "accept-encoding": "identity" } }, (answer) => {
          try {
            resolve(responseOf(answer));
          } catch (error) {
            answer.destroy();
            reject(error);
          }
        })
          .on("error", reject)
          .end();
      }),
  };
}

function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headersDistinct)) {
    for (const each of value ?? []) headers.append(name, each);
  }
  // What the class takes: no other status, and with these no body.
  if (status < 200 || status > 599) throw new NotAllowed(`it answers with status ${status}`);
  if (status === 204 || status === 205 || status === 304) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(unpacked(answer)) as ReadableStream<Uint8Array>, { status, headers });
}

/** Some servers pack what was asked for as it is. Packed twice it is not taken. */
function unpacked(answer: IncomingMessage): Readable {
  const how = answer.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  const unpack = {
    gzip: createGunzip,
    "x-gzip": createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  if (how === "identity" || how === "") return answer;
  if (!Object.hasOwn(unpack, how)) throw new NotAllowed("its answer is packed in a way that is not known");
  const unpacking = unpack[how as keyof typeof unpack]();
  answer.on("error", (error) => unpacking.destroy(error));
  unpacking.on("close", () => answer.destroy());
  return answer.pipe(unpacking);
}

function lookupAll(host: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookupByName(host, { all: true }, (error, found) => {
      if (error === null) resolve(found);
      else reject(new NotAllowed(`${host} has no address (${error.code ?? "unknown"})`));
    });
  });
}
