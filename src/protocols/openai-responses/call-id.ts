/** The longest `call_id` that the API takes. */
const LONGEST = 64;

/**
 * The id of a call on this wire. Ids of other vendors are taken as they are but for their length; the same id gives
 * the same id each time, so that a call and its result stay a pair.
 */
export function wireCallId(id: string): string {
  if (id !== "" && id.length <= LONGEST) return id;
  return `call_${hash(id, 0x811c9dc5)}${hash(id, 0x1000193)}`;
}

/** FNV-1a with another start. */
function hash(text: string, start: number): string {
  let value = start;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
