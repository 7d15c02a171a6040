import type { ExecError } from '@errand/core';

/** Flags, by the option of the library that they stand for. */
const FLAGS: Readonly<Record<string, string>> = {
  timeoutMs: '--timeout',
  idleTimeoutMs: '--idle-timeout',
  cwd: '--cwd',
  user: '--user',
  maxOutputBytes: '--max-output',
  priority: '--priority',
  tenant: '--tenant',
  queueTimeoutMs: '--queue-timeout',
  keepMs: '--keep',
  maxSpoolBytes: '--max-spool',
  idempotencyKey: '--idempotency-key',
  detached: '--detach',
  allowedHosts: '--allow-host',
};

/** Where they are of what is served on; elsewhere they are a target's. */
const SERVE_FLAGS: Readonly<Record<string, string>> = { host: '--http', port: '--http' };

/** What an `ExecError` says to who typed `command`, with the flag in place of the option: `--http` is no `port` to them. */
export function flagMessage({ message, detail }: ExecError, command: string | undefined): string {
  // A target that finds no directory does not say which option named it.
  const option = detail.option ?? (detail.what === 'cwd' ? detail.what : undefined);
  if (option === undefined || !message.startsWith(option)) return message;
  return `${flagOf(option, command)}${message.slice(option.length)}`;
}

function flagOf(option: string, command: string | undefined): string {
  if (option.startsWith('env.')) return `--env ${option.slice('env.'.length)}`;
  return (command === 'serve' ? SERVE_FLAGS[option] : undefined) ?? FLAGS[option] ?? option;
}
