import {
  seedFireworks,
  seedGeminis,
  seedGpt,
  seedLlamaCpp,
  seedTogether,
} from "../../src/providers/catalogue/seed.ts";

/** The names that the seed's users typed, and `claude-3-7-sonnet`, which was `claude` there. */
export const seedNames: readonly string[] = [
  "claude",
  "claude-3-7-sonnet",
  "claude-3-5-haiku",
  "claude-3-5-sonnet",
  ...[seedGpt, ...seedGeminis, ...seedTogether, seedLlamaCpp, seedFireworks].map(
    ({ name, aliases = [] }) => aliases[0] ?? name,
  ),
];
