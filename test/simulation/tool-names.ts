/** The tools there are: plain ones mostly, one that ends turns, one whose time is short, one whose schema takes its time. */
export const toolNames = ["work", "work", "work", "read", "finish", "brief", "checked"] as const;
