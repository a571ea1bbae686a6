const LONGEST_S = 600;

/** How long to wait, in milliseconds. Models also give milliseconds: nobody means to wait for an hour. */
export function waitMs(given: number | undefined, otherwise: number): number {
  const seconds = given ?? otherwise;
  const meant = seconds > 3600 ? seconds / 1000 : seconds;
  return Math.min(Math.max(meant, 0), LONGEST_S) * 1000;
}
