/** What a model asked for cannot be done, and the message tells it why. */
export class HandsProblem extends Error {
  override readonly name = "HandsProblem";
}

const meanings: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "not allowed",
  EROFS: "it is read-only here",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  ELOOP: "its links go in circles",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "the name is too long",
  EBUSY: "it is in use, or protected",
  EXDEV: "it is on another file system",
};

/** What an error of the file system means, in words. */
export function meaningOf(error: unknown): string {
  const code = codeOf(error);
  const meaning = code === undefined ? undefined : meanings[code];
  if (meaning !== undefined) return meaning;
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error of the file system, like `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
