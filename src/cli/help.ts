/** What `--help` says. A module without imports: it is to be there at once. */
export const help = `colloquy: converse with any large language model, and have it work

  colloquy                     a conversation in this terminal
  colloquy "first message"     the same, beginning with that message
  colloquy -p "prompt"         one turn: it works until it is done; answers on stdout
  colloquy --continue          go on with the last conversation of this folder
  colloquy sessions            the conversations that are kept; --all: of every folder
  colloquy sessions rename ID TITLE
  colloquy sessions delete ID...
  colloquy export ID           one of them as Markdown, or as JSON for \`colloquy import FILE\`
  colloquy cost [ID]           what a session used and cost, helpers and summaries apart; the last
                               one of this folder without an id
  colloquy undo                take back what the last step did to the files here, having asked;
                               --list: the restore points; undo N: back to one of them
  colloquy models [--json]     what can be asked here, and why not the rest
  colloquy trust               obey the settings of this folder: hooks, servers; shows them first
  colloquy settings [--json]   what holds here, and whose settings say it
  colloquy prompt [--json]     the instructions that the model would be given here
  colloquy doctor              keys, model, sessions, sandbox, proxy: what works here

Conversation
  -p, --print                  one turn, then exit. Text piped in is the prompt, or follows it
                               after a blank line
      --model NAME             the model to ask, or file:PATH for a GGUF file; without it
                               COLLOQUY_MODEL, then the first model for which there is a key,
                               then \`rehearsal\`: built in, free, offline
      --system TEXT            instructions that stand before the conversation
      --max-dollars N          never spend more than N dollars: what cannot be paid is not asked for
                               (exit code 3)
      --max-wall-time TIME     stop after a time: 90s, 10m, 1h (exit code 3)
      --max-responses N        stop before asking for more than N answers (exit code 3)
      --max-output-tokens N    the longest answer to ask for
      --record FILE            write the HTTP exchanges to FILE, secrets left out (an httprr trace)
      --replay FILE            answer from such a trace: no network, no key

Tools
      --permission-mode MODE   plan: nothing is changed; ask: you are asked before a call changes
                               something (the default at a terminal); auto: all calls run, in the
                               sandbox (the default with -p)
      --allow RULE             with ask: calls that need no leave: patch, "shell(npm test *)"; again
                               for more
      --sandbox KIND           auto, bwrap or container; without one there are no tools
      --allow-host HOST        open a host to the tools: example.com, *.example.com; again for more
      --mcp-config FILE        a file with MCP servers to use (docs/guides/mcp.md); again for more
      --worktree NAME          work beside your checkout: in a git worktree made for it, on a branch
                               of its own; what is not committed does not come along
      --from COMMIT            with --worktree: begin at this commit; HEAD without it
      --unsafe                 no sandbox: tools can do whatever you can
      --no-tools               a conversation without tools
      --max-steps N            requests that a turn may take (exit code 3)

Sessions
  -c, --continue               go on with the last conversation that was begun in this folder; with
                               -p and no prompt, with what was interrupted in it
  -r, --resume ID              with this one; the beginning of its id will do
      --fork ID[@N]            with a copy of this one, as it was behind its N-th message
      --no-session             keep nothing
      --search WORDS           with sessions: those in which all of these words stand
      --all                    with sessions: all, of every folder
      --yes                    with sessions delete and undo: without being asked
      --list                   with undo: the restore points, newest first
      --to N                   with undo: back to this one
      --file PATH              with undo: only this file or folder; again for more
      --session ID             with undo: restore points of this session
      --dry-run                with undo: only says what would be done
      --yes                    with sessions delete and trust: without being asked
      --format md|json         with export: what is written
  -o, --output FILE            with export: where it is written; stdout without it
      --sessions               with doctor: reads all that is kept, and says what cannot be read
      --mend                   with doctor --sessions: saves what is whole of a damaged file into a
                               new one; the old one stays beside it

Trust
      --list                   with trust: the folders that you trust
      --revoke                 with trust: this one no longer

Output
      --output-format FORMAT   with -p: text (streamed), json (one object), stream-json (an object a
                               line, as things happen)
      --json                   with models, sessions, cost, doctor and undo --list: an array of
                               objects; with undo, settings and prompt: one object
      --quiet                  errors only on stderr
      --verbose                status, request id, body and stack of errors; what answers took
      --no-color               no colours; so does the variable NO_COLOR

      --log FILE               append what happens to FILE, as JSON lines without keys; - is
                               stderr. With --verbose also what was said

  -C, --directory DIR          run as if started in DIR
  -v, --version                the version
  -h, --help                   this

Conversations are kept in $COLLOQUY_HOME/sessions.db, else in colloquy/sessions.db in
$XDG_STATE_HOME or ~/.local/state; nobody else may read the file.

Exit codes
  0    done                                             3    a limit is reached
  1    the model, its provider or the store failed      4    the model went on doing the same
  2    wrong usage: flags, names, ids, keys, files      130  cancelled

Examples
  colloquy -p "Three names for a cat"
  git diff | colloquy -p "Write a commit message"
  colloquy -p --output-format json "Say hi" | jq .costUsd
  colloquy -p --continue "And three for a dog"
  colloquy -p "Hi" --record hi.httprr && colloquy -p "Hi" --replay hi.httprr
  colloquy -p "stream: 20" --model rehearsal
`;
