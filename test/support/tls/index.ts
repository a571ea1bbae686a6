import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * A certificate of our own for `models.test` and 127.0.0.1, and its key, which is secret to nobody. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj "/CN=colloquy test"
 * -addext "subjectAltName=DNS:models.test,DNS:*.models.test,IP:127.0.0.1" -keyout key.pem -out cert.pem`.
 */
export const identity: { readonly cert: string; readonly key: string } = {
  cert: readFileSync(new URL("cert.pem", import.meta.url), "utf8"),
  key: readFileSync(new URL("key.pem", import.meta.url), "utf8"),
};

/** Has this process believe that certificate; each test file is a process of its own. */
export function trustIdentity(): void {
  setDefaultCACertificates([...getCACertificates(), identity.cert]);
}
