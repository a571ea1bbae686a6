import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { proxyFor } from "../../src/providers/proxy.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const https = "https://api.example.com/v1/messages";
const http = "http://models.lan:8080/v1";
const p = "http://proxy.lan:3128";
const q = "http://other.lan:3129";

/** What is asked for, what the environment says, and the proxy's origin or none. */
const table: readonly (readonly [what: string, url: string, env: Environment, proxy: string | undefined])[] =
  [
    ["nothing is set", https, {}, undefined],
    ["https by HTTPS_PROXY", https, { HTTPS_PROXY: p }, p],
    ["https by https_proxy", https, { https_proxy: p }, p],
    ["lower case wins", https, { https_proxy: p, HTTPS_PROXY: q }, p],
    ["empty lower case wins too", https, { https_proxy: "", HTTPS_PROXY: q }, undefined],
    ["https not by HTTP_PROXY", https, { HTTP_PROXY: p }, undefined],
    ["http by HTTP_PROXY", http, { HTTP_PROXY: p }, p],
    ["http not by HTTPS_PROXY", http, { HTTPS_PROXY: p }, undefined],
    ["ALL_PROXY for https", https, { ALL_PROXY: p }, p],
    ["all_proxy for http", http, { all_proxy: p, ALL_PROXY: q }, p],
    ["a scheme's own wins over ALL_PROXY", https, { ALL_PROXY: q, HTTPS_PROXY: p }, p],
    ["a scheme's own, empty, too", https, { ALL_PROXY: q, HTTPS_PROXY: "" }, undefined],
    ["HTTP_PROXY in a CGI script is a visitor's", http, { HTTP_PROXY: p, REQUEST_METHOD: "GET" }, undefined],
    ["http_proxy in a CGI script", http, { http_proxy: p, REQUEST_METHOD: "GET" }, p],
    ["HTTPS_PROXY in a CGI script", https, { HTTPS_PROXY: p, REQUEST_METHOD: "GET" }, p],
    ["a proxy over TLS", https, { HTTPS_PROXY: "https://proxy.lan" }, "https://proxy.lan"],
    ["no scheme is http", https, { HTTPS_PROXY: "proxy.lan:3128" }, p],
    ["a path means nothing", https, { HTTPS_PROXY: `${p}/x?y` }, p],
    ["blanks around", https, { HTTPS_PROXY: ` ${p} ` }, p],
    ["an IPv6 proxy", https, { HTTPS_PROXY: "http://[fd00::1]:3128" }, "http://[fd00::1]:3128"],
    ...[
      "localhost",
      "LOCALHOST",
      "localhost.",
      "x.localhost",
      "127.0.0.1",
      "127.9.8.7",
      "[::1]",
      "0.0.0.0",
    ].map(
      (host) => [`${host} is this machine`, `http://${host}:11434/`, { ALL_PROXY: p }, undefined] as const,
    ),
    ["IPv4 loopback dressed as IPv6", "http://[::ffff:127.0.0.1]/", { ALL_PROXY: p }, undefined],
    ["not this machine", "http://localhost.example.com/", { ALL_PROXY: p }, p],
    ["not this machine either", "http://128.0.0.1/", { ALL_PROXY: p }, p],
  ];

/** NO_PROXY, and the URLs it names and does not name. */
const exceptions: readonly (readonly [list: string, named: readonly string[], not: readonly string[]])[] = [
  ["*", [https, http], []],
  ["", [], [https]],
  [" , ,", [], [https]],
  ["api.example.com", [https], ["https://example.com", "https://xapi.example.com"]],
  ["example.com", [https, "https://example.com"], ["https://badexample.com", "https://example.com.evil"]],
  [".example.com", [https, "https://example.com"], ["https://badexample.com"]],
  ["*.example.com", [https], ["https://badexample.com"]],
  ["EXAMPLE.com.", [https, "https://api.example.com./"], []],
  ["other.org, example.com", [https, "https://other.org"], ["https://another.org"]],
  ["other.org example.com", [https], []],
  ["example.com:443", [https], ["https://api.example.com:8443"]],
  ["models.lan:8080", [http], ["http://models.lan", "http://models.lan:80"]],
  ["models.lan:80", ["http://models.lan"], [http]],
  ["com.", [https], ["https://x.org"]],
  ["10.1.2.3", ["https://10.1.2.3"], ["https://10.1.2.30", "https://10.1.2.4"]],
  ["10.1.2.3:8443", ["https://10.1.2.3:8443"], ["https://10.1.2.3"]],
  ["10.0.0.0/8", ["https://10.255.0.1:9", "https://10.0.0.0"], ["https://11.0.0.1", "https://x10.lan"]],
  ["192.168.1.77/24", ["https://192.168.1.1"], ["https://192.168.2.1"]],
  ["10.1.2.3/32", ["https://10.1.2.3"], ["https://10.1.2.2"]],
  ["0.0.0.0/0", ["https://8.8.8.8"], [https, "https://[fd00::1]"]],
  ["10.0.0.0/33,10.0.0.0/x,10.0.0.0/,/8,300.0.0.0/8", [], ["https://10.0.0.1"]],
  ["fd00::1", ["https://[fd00::1]", "https://[fd00:0:0::1]:8443"], ["https://[fd00::2]"]],
  ["[fd00::1]:8443", ["https://[fd00::1]:8443"], ["https://[fd00::1]"]],
  ["fd00::/8", ["https://[fdff::9]"], ["https://[fe80::1]", "https://10.0.0.1"]],
  ["::ffff:10.0.0.1", ["https://10.0.0.1"], ["https://10.0.0.2"]],
  ["0.0.1", [], ["https://10.0.0.1"]],
  [".", [], [https]],
  ["::::,[", [], [https, "https://[fd00::1]"]],
];

for (const [what, url, env, proxy] of table) {
  test(`F18 proxyFor: ${what}`, () => {
    assert.equal(proxyFor(new URL(url), env)?.url.origin, proxy);
  });
}

for (const [list, named, not] of exceptions) {
  test(`F18 proxyFor: NO_PROXY=${list}`, () => {
    const ask = (url: string, name: string): string | undefined =>
      proxyFor(new URL(url), { ALL_PROXY: p, [name]: list })?.url.origin;
    for (const name of ["NO_PROXY", "no_proxy"]) {
      for (const url of named) assert.equal(ask(url, name), undefined, url);
      for (const url of not) assert.equal(ask(url, name), p, url);
    }
  });
}

test("F18 proxyFor: no_proxy wins over NO_PROXY, an empty one too", () => {
  const env = { ALL_PROXY: p, NO_PROXY: "*" };
  assert.equal(proxyFor(new URL(https), { ...env, no_proxy: "" })?.url.origin, p);
  assert.equal(proxyFor(new URL(https), { ...env, no_proxy: "x.org" })?.url.origin, p);
});

test("F18 proxyFor: credentials are decoded, and show in nothing that is printed", () => {
  const proxy = proxyFor(new URL(https), { HTTPS_PROXY: "http://us%40er:p%3Ass%25@proxy.lan:3128" });
  assert.equal(proxy?.url.href, `${p}/`);
  const expected = `Basic ${Buffer.from("us@er:p:ss%").toString("base64")}`;
  assert.equal(proxy.authorization?.reveal(), expected);
  assert.doesNotMatch(JSON.stringify(proxy), /Basic/);
  const odd = proxyFor(new URL(https), { HTTPS_PROXY: "http://100%:@proxy.lan" });
  assert.equal(odd?.authorization?.reveal(), `Basic ${Buffer.from("100%:").toString("base64")}`);
});

test("F18 proxyFor: a proxy that we cannot speak to is an error, not a way round it, and is not quoted", () => {
  for (const value of [
    "socks5://user:secret@proxy.lan:1080",
    "http://",
    "http://user:secret@[x",
    "ftp://p",
  ]) {
    const error = assert.throws(
      () => proxyFor(new URL(https), { all_proxy: value }),
      (error: unknown) =>
        error instanceof ConfigurationError &&
        error.code === "invalid-option" &&
        error.message.startsWith("all_proxy ") &&
        !error.message.includes("secret"),
    );
    assert.equal(error, undefined);
  }
  assert.equal(
    proxyFor(new URL(https), { ALL_PROXY: "socks5://x", HTTPS_PROXY: p })?.url.origin,
    p,
    "one that is not asked for harms nobody",
  );
});
