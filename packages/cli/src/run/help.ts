/** What `errand run --help` says below the options. */
export const RUN_HELP = `
stdin:
  Piped or redirected stdin goes to the command. A terminal does not: then, and with -n, the command reads end-of-file.
  In a loop such as 'while read line; do errand run -n PROGRAM; done' use -n, lest the command read the loop's lines.

Output:
  A closed stdout or stderr (>&-) counts as /dev/null: Node opens that in its place, as those do who want no output.

Exit code:
  the command's own; 128+n where signal n ended it, 137 where it used too much memory
  124  --timeout or --idle-timeout passed
  125  wrong use, or a fault of Errand's own
  126  the program cannot be executed
  127  the program was not found
  130, 143, 129  Errand got SIGINT (Ctrl-C), SIGTERM, SIGHUP, and ended the command with all that it had started;
       it has 5 s to clean up, unless the signal comes again
  141  who read Errand's output is gone, so the command was ended
   75  quota, queue or target unavailable: try again later
  255  connection, authentication or host key failed, or nobody can know how the command ended

--detach:
  Prints the command's id once it runs; then errand ps, attach and kill find it, from any process of this account. Its output,
  --max-spool of each stream, lies on the target until --keep after its end ($XDG_STATE_HOME/errand, mode 0700). Piped stdin
  is read to its end first, at most 1MiB. Any exit code but 0 and 255 means that nothing was left running.

--json (with --detach: executionId alone):
  executionId, target
  outcome     exited, signaled, timed-out, idle-timed-out, cancelled, out-of-memory or unknown
  ok          whether it exited with 0
  exitCode, signal, cause, reason   where there is one
  stdout, stderr   { totalBytes, omittedBytes, text }; what is omitted is cut out of the middle. Output that is not UTF-8
              has also base64, or headBase64 and tailBase64 where something was omitted
  timings     { queuedMs, startMs, runMs }
  A command that did not start has no result: stdout stays empty, stderr says why.
`;
