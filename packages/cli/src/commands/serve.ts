import { type Command, Option } from 'commander';
import { exitCodeOfSignal } from '../exit-code.ts';
import { type ListenAddress, parseListenAddress } from '../listen-address.ts';
import { dryRun } from '../serve/dry-run.ts';
import { EarlyChanges } from '../serve/early-changes.ts';
import { onHangUp } from '../serve/hang-up.ts';
import { serveOverHttp } from '../serve/http.ts';
import type { LogLevel } from '../serve/json-logger.ts';
import { Reloading } from '../serve/reloading.ts';
import { type ServedFlags, servedTargets } from '../serve/served-targets.ts';
import type { Server } from '../serve/server.ts';
import { serveOverStdio } from '../serve/stdio.ts';
import { canChange, WatchedFile } from '../serve/watched-file.ts';
import { Termination } from '../termination.ts';
import { parseDuration } from '../units.ts';
import { UsageError } from '../usage-error.ts';
import { configOption } from './target-options.ts';

/** For how long a client may take the last answers. */
const LAST_ANSWERS_MS = 1_000;

/** Less than the 30 s that Kubernetes gives. Who serves one client over stdio is told to end by it, or along with it. */
const DRAIN_MS = { http: 25_000, stdio: 0 };

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

interface ServeFlags extends ServedFlags {
  readonly stdio?: boolean;
  readonly http?: ListenAddress;
  readonly allowHost?: readonly string[];
  readonly tenant?: string;
  readonly drain?: number;
  readonly dryRun?: boolean;
  readonly logLevel: LogLevel;
}

const HELP = `
Without a configuration file this machine is served; with one, its targets but those of 'mcp: { expose: none }', and its tools: this
machine is served then only where the file names it.

Over HTTP a request is answered only if its Host is localhost, the HOST of --http, or a NAME of --allow-host.
An HTTP client sends 'Authorization: Bearer TOKEN'. 'errand token create NAME' makes one, and 'http: { jwt }' of the file takes those of an
authorization server; where there is neither, the first start makes one for this user's own clients in $XDG_STATE_HOME/errand/token
(default ~/.local/state/errand/token). Who has one can run commands as this user.

What runs longer than a call waits is a job. Jobs are kept in $XDG_STATE_HOME/errand/jobs, each readable for a day after its end, and
those in the background run on when the server ends, unless its systemd unit or container ends with it; 'errand ps' lists these.

SIGINT ends what else runs, then the server, which exits with 0; it has 5 s, unless the signal comes again. SIGTERM first starts nothing more
and waits for as long as --drain says until nothing runs any more; a second signal ends what runs then. /healthz and /readyz tell
orchestrators, without a token, that it lives, and takes work.
A configuration file that changes is read again, as SIGHUP asks, too: targets of which it says something else are made anew, and what runs
there ends on the old ones. What is wrong with it is told on stderr, and changes nothing. Without a file SIGHUP does what SIGINT does.
With --stdio it also exits with 0 when its client leaves, which ends what runs at once, and with 125 where the connection fails.
`;

/** Adds `errand serve`. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('offer commands to MCP clients')
    .option('--stdio', 'serve the client on stdin and stdout')
    .option('--http <[HOST:]PORT>', 'serve clients that have the token, over HTTP; port 0 takes a free one', (text) =>
      parseListenAddress('--http', text),
    )
    .option(
      '--allow-host <name>',
      'with --http: a name by which clients call this server; may be repeated',
      (name, before: string[] = []) => [...before, name],
    )
    .option(
      '--drain <duration>',
      'for how long SIGTERM lets commands run on, and starts none (default: 25s with --http, 0s with --stdio)',
      (text) => parseDuration('--drain', text, 0),
    )
    .option('--target <name>', 'serve this target alone; may be repeated (default: all)', (name, before: string[] = []) => [
      ...before,
      name,
    ])
    .option('--timeout <duration>', "for commands whose call says none (default: the file's, else 10m)", (text) =>
      parseDuration('--timeout', text),
    )
    .option('--tools-only', 'offer the configured tools of the file, and no other command')
    .option('--read-only', 'offer only what looks and changes nothing: of the configured tools those with readOnly')
    .option('--tenant <name>', "with --stdio: whose the client's commands are, for quotas and a queue's fair shares")
    .addOption(
      new Option('--log-level <level>', 'what is told on stderr, each in one line of JSON: commands with info')
        .choices(LOG_LEVELS)
        .default('warn'),
    )
    .option('--dry-run', 'print the instructions and tools that a client would get, as JSON, and serve nobody')
    .addOption(configOption())
    .addHelpText('after', HELP)
    .action(serve);
}

async function serve({ stdio, http, allowHost, tenant, drain, dryRun: isDry, logLevel, ...flags }: ServeFlags): Promise<void> {
  if (isDry) return await dryRun(await servedTargets(flags));
  if (Boolean(stdio) === Boolean(http)) throw new UsageError('serve: give one of --stdio and --http [HOST:]PORT.');
  if (allowHost && !http) throw new UsageError('--allow-host: only with --http.');
  if (tenant !== undefined && !stdio) throw new UsageError('--tenant: only with --stdio. Over HTTP the tenant is who has the token.');
  const { jsonLogger } = await import('../serve/json-logger.ts');
  const logger = jsonLogger(logLevel);
  const early = new EarlyChanges();
  const served = await servedTargets(flags);
  let reloading: Reloading | undefined;
  let watched: WatchedFile | undefined;
  try {
    const server = http
      ? await serveOverHttp(served, { ...http, allowedHosts: allowHost ?? [] }, logger)
      : await serveOverStdio(served, tenant, logger);
    const { file } = served;
    const isReloadable = file !== undefined && canChange(file);
    const end = endOnSignals(server, drain ?? DRAIN_MS[http ? 'http' : 'stdio'], isReloadable ? ['SIGINT', 'SIGTERM'] : undefined);
    if (isReloadable) {
      const own = new Reloading({ served, flags, server, logger });
      reloading = own;
      const reload = (): void => void own.reload();
      onHangUp({ hadTerminal: early.hadTerminal, end, reload });
      const onFault = (fault: string): void =>
        logger.warn({ file, fault }, 'Changes of the configuration are not seen: SIGHUP has it read again');
      watched = new WatchedFile({ file, onChange: reload, onFault });
      if (early.mayHaveChanged(file)) reload();
    }
    early.hangUpNow();
    await server.closed;
  } finally {
    watched?.close();
    if (reloading) await reloading.close();
    else await Promise.all(served.targets.map(({ executor }) => executor.close()));
    // Answers that nobody takes would keep this process alive; without any it ends before the timer. Signals are listened to
    // all the while: with the listeners off, one that comes now would spoil the exit code.
    setTimeout(() => process.exit(), LAST_ANSWERS_MS).unref();
  }
}

/** Gives what ends the server as SIGINT does. */
function endOnSignals(server: Server, drainMs: number, signals: readonly NodeJS.Signals[] | undefined): () => void {
  let isPatient = drainMs > 0;
  // A fault of closing shows in `closed`.
  const close = (options = {}): void => void server.close(options).catch(() => {});
  const termination: Termination = new Termination(
    {
      first: () => {
        isPatient &&= termination.signal === 'SIGTERM';
        close({ drainMs: isPatient ? drainMs : 0 });
      },
      again: () => {
        // What still runs is ended by the executor's supervisor, which sees this process go.
        if (!isPatient) process.exit(exitCodeOfSignal(termination.signal ?? 'SIGTERM'));
        isPatient = false;
        close();
      },
    },
    signals,
  );
  return () => {
    isPatient = false;
    close();
  };
}
