import { isIPv4 } from "node:net";
import { SandboxError } from "./errors.ts";

/** What the user opened. An address is meant with its port, and only so may be one of a private network. */
export type HostRule =
  | { readonly type: "host"; readonly host: string }
  | { readonly type: "below"; readonly domain: string }
  | { readonly type: "address"; readonly address: string; readonly port: number };

/** The ports that a rule without one stands for. */
const WEB_PORTS: readonly number[] = [80, 443];

/** A host as it may stand in a request: letters, digits, dots and hyphens; in lower case. Undefined for all else. */
export function parseHost(text: string): string | undefined {
  if (text.length > 253 || !/^[A-Za-z0-9.-]+$/.test(text)) return undefined;
  const host = text.toLowerCase();
  const labels = host.split(".");
  if (labels.some((label) => label === "" || label.length > 63 || /^-|-$/.test(label))) return undefined;
  if (isIPv4(host)) return host;
  // What ends in a number is an address to some, in one of its many spellings: 0x7f.1, 2130706433.
  return /^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "") ? undefined : host;
}

/**
 * Reads what the user opens: `example.com`, `*.example.com` (all below it, not itself), or `10.1.2.3:8080`.
 *
 * @throws SandboxError `invalid`
 */
export function parseHostRule(text: string): HostRule {
  const [, address, port] = /^([\d.]+):(\d{1,5})$/.exec(text) ?? [];
  if (address !== undefined && isIPv4(address) && Number(port) > 0 && Number(port) < 65536) {
    return { type: "address", address, port: Number(port) };
  }
  const below = text.startsWith("*.");
  const host = parseHost(below ? text.slice(2) : text);
  if (host === undefined || isIPv4(host) || (below && !host.includes("."))) {
    throw new SandboxError(
      "invalid",
      `${JSON.stringify(text)} is no host to open: give a name (example.com), all names below a domain (*.example.com), or an address with its port (10.1.2.3:8080)`,
    );
  }
  return below ? { type: "below", domain: host } : { type: "host", host };
}

/** The rule that opens a host and port, if one does. The host is one that `parseHost` gave. Pure. */
export function ruleFor(rules: readonly HostRule[], host: string, port: number): HostRule | undefined {
  return rules.find((rule) => {
    switch (rule.type) {
      case "address":
        return rule.address === host && rule.port === port;
      case "host":
        return WEB_PORTS.includes(port) && rule.host === host;
      case "below":
        return WEB_PORTS.includes(port) && host.endsWith(`.${rule.domain}`);
    }
  });
}

export function describeRule(rule: HostRule): string {
  if (rule.type === "address") return `${rule.address}:${rule.port}`;
  return rule.type === "host" ? rule.host : `*.${rule.domain}`;
}
