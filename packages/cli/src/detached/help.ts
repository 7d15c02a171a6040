/** What `errand ps --help` says below the options. */
export const PS_HELP = `
The newest comes last. STATE is running, exited N, signaled NAME, timed-out, or unknown (what guarded it was killed, or the
machine was restarted); STDOUT and STDERR say how much is kept there. What ended is listed until its --keep has passed.

--json:
  id, state (running or ended), command, startedAt, stdoutBytes, stderrBytes
  outcome, exitCode, signal   once it ended, where there is one
`;

/** What `errand attach --help` says below the options. */
export const ATTACH_HELP = `
stdout and stderr come apart, from the given bytes on; what ended already is printed from what is kept.
Ctrl-C, SIGTERM and SIGHUP leave the command running, as does a reader that goes.

Exit code: as errand run's for the command's end, and
  125  there is no such execution, or wrong use
  130, 143, 129  Errand got SIGINT (Ctrl-C), SIGTERM, SIGHUP, and the command goes on
`;

/** What `errand kill --help` says below the options. */
export const KILL_HELP = `
Without --signal all that the command started gets SIGTERM, after 5 s SIGKILL, and its end is waited for.

Exit code:
    0  it ended, was sent the signal, or had ended already; stdout says which
  125  there is no such execution, or wrong use
  255  nobody can know whether it ended
`;
