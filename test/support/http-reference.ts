/** What was read of one response. */
export interface Read {
  status: number;
  headers: Record<string, string>;
  keepAlive: boolean;
  body: string;
  /** How it came to its end: by itself, by the close, or not at all. */
  end: "itself" | "close" | "never" | "syntax";
  /** Bytes behind the end. */
  left: number;
}

/** Before anything was read. */
export const nothing = (): Read => ({
  status: 0,
  headers: {},
  keepAlive: false,
  body: "",
  end: "never",
  left: 0,
});

/** A response, followed by a close, read by regular expressions from the whole: slow, and simple enough to be believed. */
export function reference(input: string): Read {
  const read = nothing();
  const syntax = (): Read => ({ ...read, end: "syntax" });
  let text = input;
  for (;;) {
    if (!text.startsWith("HTTP/1.".slice(0, text.length))) return syntax();
    const end = text.indexOf("\r\n\r\n");
    if (end > 65_536 || (end === -1 && text.length > 65_536)) return syntax();
    if (end === -1) return read;
    const [line = "", ...fields] = text.slice(0, end).split("\r\n");
    text = text.slice(end + 4);
    const status = /^HTTP\/1\.([01]) (\d\d\d)($| )/.exec(line);
    if (status === null || status[2] === "101") return syntax();
    if (Number(status[2]) < 200) continue;
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const field of fields) {
      const parts = /^([^:\0-\x20][^:]*?)(?<![\0-\x20]):([^\0\r\n]*)$/.exec(field);
      if (parts === null || /[\0\r\n]/.test(parts[1] ?? "")) return syntax();
      const name = (parts[1] as string).toLowerCase();
      const value = (parts[2] as string).trim();
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    const connection = headers["connection"]?.toLowerCase() ?? "";
    const stays = status[1] === "1" ? !connection.includes("close") : connection.includes("keep-alive");
    Object.assign(read, { status: Number(status[2]), headers: { ...headers }, keepAlive: stays });
    break;
  }
  const ended = (body: string, left: string): Read => ({ ...read, body, end: "itself", left: left.length });
  const { headers, status } = read;
  if (status === 204 || status === 304) return ended("", text);
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && /(^|,)\s*chunked\s*$/i.test(coding)) {
    let body = "";
    for (;;) {
      const line = /^([0-9a-fA-F]{1,12})(?:[ ;\r][^\n]*)?\n/.exec(text);
      if (line === null) {
        const newline = text.indexOf("\n");
        const bad = newline === -1 ? text.length > 8192 : true;
        return { ...read, body, end: bad ? "syntax" : "never" };
      }
      if (line[0].length - 1 > 8192) return { ...read, body, end: "syntax" };
      const size = Number.parseInt(line[1] as string, 16);
      text = text.slice(line[0].length);
      if (size === 0) break;
      body += text.slice(0, size);
      if (text.length < size) return { ...read, body };
      text = text.slice(size);
      const after = /^\r?\n/.exec(text);
      if (after === null) return { ...read, body, end: text === "" || text === "\r" ? "never" : "syntax" };
      text = text.slice(after[0].length);
    }
    for (;;) {
      const newline = text.indexOf("\n");
      if ((newline === -1 ? text.length : newline) > 65_536) return { ...read, body, end: "syntax" };
      if (newline === -1) return { ...read, body };
      const trailer = text.slice(0, newline);
      text = text.slice(newline + 1);
      if (trailer === "" || trailer === "\r") return ended(body, text);
    }
  }
  const length = headers["content-length"];
  if (coding === undefined && length !== undefined) {
    const all = new Set(length.split(",").map((each) => each.trim()));
    if (all.size !== 1 || !/^\d{1,15}$/.test([...all][0] ?? "")) return { ...nothing(), end: "syntax" };
    const size = Number([...all][0]);
    if (text.length < size) return { ...read, body: text };
    return ended(text.slice(0, size), text.slice(size));
  }
  return { ...read, keepAlive: false, body: text, end: "close" };
}
