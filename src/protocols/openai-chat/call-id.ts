import { fittingId, number53 } from "../foreign.ts";
import type { Target } from "../protocol.ts";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What OpenAI takes at least: `Expected a string with maximum length 40`; newer models say 64. */
const short = /^[^]{1,40}$/;
/** What gateways in front of OpenAI take; some servers make ids without any characters, and take them back. */
const usual = /^[^]{0,64}$/;

/**
 * A tool call's id as the provider takes it. It depends on nothing but the id, so that a call and its result, encoded
 * at different times, agree.
 */
export function callId(id: string, { dialect }: Target): string {
  if (dialect?.callIds !== "nine") return fittingId(id, dialect?.strict === true ? short : usual);
  if (/^[A-Za-z0-9]{9}$/.test(id)) return id;
  let number = number53(id);
  let nine = "";
  for (let at = 0; at < 9; at++) {
    nine += letters.charAt(number % letters.length);
    number = Math.floor(number / letters.length);
  }
  return nine;
}
