import type { Target } from "../protocol.ts";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * A tool call's id as the provider takes it. It depends on nothing but the id, so that a call and its result, encoded
 * at different times, agree.
 */
export function callId(id: string, target: Target): string {
  if (target.dialect?.callIds !== "nine" || /^[A-Za-z0-9]{9}$/.test(id)) return id;
  let number = hash(id);
  let nine = "";
  for (let at = 0; at < 9; at++) {
    nine += letters.charAt(number % letters.length);
    number = Math.floor(number / letters.length);
  }
  return nine;
}

/** 53 bits that differ where texts differ (cyrb53, public domain): the ids of one conversation do not meet by chance. */
function hash(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
