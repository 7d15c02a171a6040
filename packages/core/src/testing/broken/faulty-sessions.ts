import type { Output } from '../../output.ts';
import type { ExecResult } from '../../result.ts';
import type { BrokenExecutor } from './broken-executor.ts';
import { like } from './like.ts';
import { type SessionFaults, withSessions } from './like-session.ts';

/** What the fault is, the case that catches it, what that says, how it is made, and how long the case may take. */
type Row = readonly [fault: string, caughtBy: string, says: string, faults: SessionFaults, boundMs?: number];

const subshell: SessionFaults = { command: (script) => `(${script}\n)` };
const withStdout = (result: ExecResult, text: string): ExecResult => ({
  ...result,
  stdout: { ...result.stdout, text, bytes: Buffer.from(text) } as Output,
});
const after = (word: string): SessionFaults => ({
  result: (result) => (result.outcome === 'exited' ? result : withStdout(result, `${result.stdout.text}${word}`)),
});

const ROWS: readonly Row[] = [
  [
    'runs each command in a subshell',
    'a session keeps directory, variables, functions, aliases, umask and options',
    'Expected values to be strictly equal',
    subshell,
  ],
  ['merges the streams', 'a session keeps stdout and stderr apart, byte for byte', 'falsy', { command: (script) => `{ ${script}\n} 2>&1` }],
  [
    'tells every fault as 1',
    'a session tells exit codes exactly',
    '1 !== 2',
    { result: (result) => (result.exitCode ? { ...result, exitCode: 1 } : result) },
  ],
  ['does not keep the order', 'commands sent to a session at once run in order', 'deep-equal', subshell],
  [
    'cuts a long script',
    'a session takes a script of 256 KiB and an environment of 64 KiB',
    '65536',
    { command: (script) => script.replace(/x{65536}/g, '') },
  ],
  [
    'cuts a script of many lines',
    'a session takes a script of 130,000 lines',
    "'1\\n'",
    { command: (script) => script.replace(/(N=\$\(\(N\+1\)\)\n){2,}/, 'N=$((N+1))\n') },
  ],
  [
    'loses what duplicates its stdin',
    'a command of a session may take its stdin to other descriptors',
    'exec 5<&0',
    { command: (script) => script.replace(/^exec 5.*/, ':') },
  ],
  [
    'puts a line behind a script',
    'set -e in a session puts nothing into a here-document without an end',
    'own_code',
    { command: (script) => `${script}\nown_code=$?` },
  ],
  [
    'is lost with its process group',
    'a command of a session may kill its process group',
    'closed',
    { command: (script) => script.replace(/kill -TERM 0.*/, 'exit 143') },
  ],
  [
    'loses what an EXIT trap prints',
    "what an EXIT trap of a session prints is its last command's",
    'bye',
    { command: (script) => script.replace(/^trap .* EXIT$/, ':') },
  ],
  [
    'takes saved descriptors for a job',
    'what a command saved of its output serves those after it, whatever goes on beside',
    'beside a job',
    { result: (result) => (result.stderr.text.includes('beside') ? withStdout(result, '') : result) },
  ],
  [
    'takes output for a frame',
    'output in a session that imitates a frame is output',
    'deep-equal',
    { result: (result) => withStdout(result, result.stdout.text.replace(/.* end 0 none done\n/, '')) },
  ],
  [
    'leaves what exec redirected as it is',
    "a session's output redirected by exec is back for the next command",
    'strictly equal',
    { command: (script) => (script === 'echo seen' ? 'exec >/dev/null; echo seen' : script) },
  ],
  [
    'drops functions',
    'functions with the names of builtins do not break a session',
    'fake',
    { command: (script) => script.replace('command x', 'unset -f command true; command x') },
  ],
  [
    'is closed by an interrupt',
    'interrupt() at the very end of a command leaves the session',
    'should be there',
    { own: (inner) => ({ interrupt: () => inner.close() }) },
  ],
  [
    "forgets a command's status",
    "a session's $? is that of the command before",
    "'7\\n'",
    { command: (script) => script.replace(/^echo \$\?$/, ':; echo $?') },
  ],
  [
    'loses a command when another one is given up',
    'a command of a session that is given up while it waits lets no other run too early',
    'half',
    { command: (script) => script.replace('A=whole', ':') },
  ],
  [
    'leaves daemons behind',
    'a daemon that a session started ends with the session',
    'while the daemon still ran',
    { command: (script) => (script.includes('setsid') ? `(unset ERRAND_EXECUTION; ${script}\n)` : script) },
  ],
  [
    'is ended by break 9',
    'break, continue and return at top level do not break a session',
    'is closed',
    { command: (script) => script.replace('break 9', 'exit 0') },
  ],
  [
    'restores nothing',
    'snapshot() and restore carry directory and environment to another session',
    'strictly equal',
    { opening: ({ restore: _restore, ...options }) => options },
  ],
  ['ignores bad options of a command', 'a session refuses bad options and bad commands', 'it resolved', { options: () => ({}) }],
  ['is not ended by exit', 'exit ends a session with its code', 'it resolved', subshell],
  [
    'goes on after a fault',
    'set -e, an unset parameter and unfinished syntax end the command, not the session',
    'NEVER',
    { result: (result) => (result.ok ? result : withStdout(result, 'NEVER\n')) },
  ],
  [
    'keeps the state of a command that killed its shell',
    'a command of a session may kill its shell',
    'lost',
    { command: (script) => script.replace('kill -9 $$; echo NEVER', 'false') },
  ],
  [
    'runs the rest after a timeout',
    'a timeout in a session ends the tree, runs nothing of the rest, and leaves the state from before',
    'NEVER',
    after('NEVER\n'),
    4_000,
  ],
  ['runs the rest after interrupt()', 'interrupt() ends the running command and leaves the state from before', 'NEVER', after('NEVER\n')],
  [
    'ignores signals',
    'an aborted signal ends a command of a session, or keeps it from starting',
    'it resolved',
    { options: ({ signal: _signal, ...options }) => options },
  ],
  [
    'ends its jobs at each exit',
    'a background job of a session outlives a timeout, and ends with the session',
    'The job should run',
    { command: (script) => script.replace(/& echo \$!$/, '& echo $!; kill -9 $!') },
    4_000,
  ],
  [
    'gives late output to another command',
    "a background job's late output is in no result, and is counted",
    'LATE',
    { command: (script) => script.replace('echo mine', 'echo LATE; echo mine') },
  ],
  ['closes without closing', 'a closed session refuses commands', 'should have ended', { own: () => ({ close: async () => undefined }) }],
  [
    'leaves a listener for each command',
    'a thousand commands in a session leave nothing',
    'SIGUSR2',
    {
      options: (options) => {
        process.setMaxListeners(0).once('SIGUSR2', () => undefined);
        return options;
      },
    },
    12_000,
  ],
  [
    'loses the end of stdin',
    "stdin of a session's command arrives whole, and is nobody else's",
    'falsy',
    { command: (script) => script.replace(/^cat$/, 'head -c 100') },
  ],
  [
    'waits until stdin is read',
    "stdin that a session's command does not read is no fault",
    'should have ended',
    { command: (script) => script.replace('head -c 3', 'head -c 3; sleep 30') },
  ],
  [
    'puts stdin into argv',
    'env and stdin of a session are in no command line',
    'in a command line',
    { command: (script) => (script.startsWith('cat /proc') ? `sh -c 'sleep 1; :' sh "$KIT_SECRET" & ${script}` : script) },
  ],
];

/** Executors whose sessions break promises. */
export const FAULTY_SESSIONS: readonly BrokenExecutor[] = [
  ...ROWS.map(([fault, caughtBy, says, faults, boundMs]) => ({
    fault: `has a session that ${fault}`,
    caughtBy,
    says,
    ...(boundMs !== undefined && { boundMs }),
    breakIt: (inner: Parameters<BrokenExecutor['breakIt']>[0]) => withSessions(inner, faults),
  })),
  {
    fault: 'closes without its sessions',
    caughtBy: 'close() of the executor closes its sessions',
    says: 'should have ended',
    breakIt: (inner) => like(inner, { close: async () => undefined }),
  },
];
