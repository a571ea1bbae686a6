/** How much a record matters. */
export type Level = "debug" | "info" | "warn" | "error";

/** The levels, from the one that matters least. */
export const levels: readonly Level[] = ["debug", "info", "warn", "error"];

/** What a record says besides its message: values of any kind, by name. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * Takes records of what happens, for whoever looks into it later. It never throws, whatever it is given: what only
 * watches must not break what it watches.
 */
export interface Logger {
  /** Whether records of this level go anywhere. To be asked where attributes are costly to gather; else just log. */
  on(level: Level): boolean;
  /** The same logger, with attributes that each of its records carries. They are read now, not when it is written to. */
  with(attributes: Attributes): Logger;
  debug(message: string, attributes?: Attributes): void;
  info(message: string, attributes?: Attributes): void;
  warn(message: string, attributes?: Attributes): void;
  error(message: string, attributes?: Attributes): void;
}

const nothing = (): void => undefined;

/** The logger that logs nothing, and costs nothing. */
export const silent: Logger = Object.freeze({
  on: () => false,
  with: () => silent,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
});
