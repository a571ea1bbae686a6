import type { Tool } from "../../../conversation/tool.ts";
import type { Model, ModelInfo } from "../../../providers/model.ts";
import type { Announce } from "../../companion.ts";
import type { Repository } from "../../git/repository.ts";
import type { ToolRoom } from "../room.ts";
import { doneTool } from "./done-tool.ts";
import { keywordSearchTool } from "./keyword-search-tool.ts";
import { Reviews } from "./reviews.ts";
import { reviewTool } from "./review-tool.ts";
import { thinksByItself, thinkTool } from "./think-tool.ts";
import { todoTool } from "./todo-tool.ts";

/** What the tools of work are made with. */
export interface WorkToolOptions {
  readonly room: ToolRoom;
  /** The conversation's model: one that thinks by itself gets no `think`. */
  readonly model: ModelInfo;
  /** Ranks the files of `keyword_search`; the conversation's own by default. */
  readonly smallModel?: Model;
  /** Where the agent works. Without it there is no `review`, and `done` asks for its commands alone. */
  readonly repository?: Repository;
  /**
   * Command lines that have to succeed before `done` does, run in the sandbox, ten minutes each at most. They are a
   * program's: give those of a project only where people trust it.
   */
  readonly doneCommands?: readonly string[];
  /** What a reviewer looks around with; of these, those that change nothing are taken. None by default. */
  readonly reviewTools?: () => readonly Tool[];
  /** Told of the list of things to do. */
  readonly announce?: Announce;
}

/** `todo`, `think` where the model does not by itself, `keyword_search`, `review` where there is a repository, `done`. */
export function workTools(options: WorkToolOptions): readonly Tool[] {
  const { room, model, smallModel, repository, doneCommands: commands = [], announce } = options;
  const reviews = new Reviews();
  const tools = options.reviewTools ?? (() => []);
  return [
    todoTool(announce),
    ...(thinksByItself(model) ? [] : [thinkTool()]),
    keywordSearchTool({ room, model: smallModel }),
    ...(repository === undefined ? [] : [reviewTool({ repository, reviews, tools })]),
    doneTool({ room, repository, commands, reviews }),
  ];
}
