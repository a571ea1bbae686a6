import type { Request } from "../llm/request.ts";

/** A wire request, read back into neutral words. */
export interface ReadRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly request: Request;
}
