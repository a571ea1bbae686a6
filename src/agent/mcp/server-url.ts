import { BlockList, isIP } from "node:net";
import { isPublic } from "../sandbox/public-address.ts";
import { McpError } from "./error.ts";
import type { HttpServer } from "./server.ts";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Which addresses a server may have: by its host, this machine's own; by the user's word, any; else public ones. */
export type Reach = "loopback" | "any" | "public";

/**
 * The URL of a server that may be asked: https, or http to this machine itself, and no user or password in it.
 * @throws McpError `refused`
 */
export function serverUrl({ name, url: given, private: isPrivate }: HttpServer): { url: URL; reach: Reach } {
  const refused = (why: string): McpError =>
    new McpError("refused", name, `the server ${name} is not asked: ${why}`);
  if (!URL.canParse(given)) throw refused("its url is none; write one that begins with https://");
  const url = new URL(given);
  const isLocal = url.hostname === "localhost" || isLoopback(bare(url.hostname));
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal)) {
    throw refused("its url must be https; http is for servers on this machine alone");
  }
  if (url.username !== "" || url.password !== "") {
    throw refused('there is a user or a password in its url; put a token into "headers"');
  }
  url.hash = "";
  return { url, reach: isLocal ? "loopback" : isPrivate ? "any" : "public" };
}

/** @throws McpError `refused` for an address that is not in the server's reach. */
export function checkAddress(address: string, reach: Reach, server: string): void {
  if (reach === "any" || (reach === "loopback" ? isLoopback(address) : isPublic(address))) return;
  throw new McpError(
    "refused",
    server,
    reach === "loopback"
      ? `the server ${server} is not asked: localhost is ${address} here`
      : `the server ${server} is not asked: it is in a private network (${address}); if it is meant, say "private": true in your own configuration`,
  );
}

/** A host without the brackets of an IPv6 address. */
export function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? "ipv4" : "ipv6");
}
