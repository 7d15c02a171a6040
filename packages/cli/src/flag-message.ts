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
  host: '--http',
  port: '--http',
  allowedHosts: '--allow-host',
};

/** What an `ExecError` says, with the flag in place of the option: who typed `--http` has never heard of `port`. */
export function flagMessage({ message, detail }: ExecError): string {
  // A target that finds no directory does not say which option named it.
  const option = detail.option ?? (detail.what === 'cwd' ? detail.what : undefined);
  if (option === undefined || !message.startsWith(option)) return message;
  return `${flagOf(option)}${message.slice(option.length)}`;
}

function flagOf(option: string): string {
  if (option.startsWith('env.')) return `--env ${option.slice('env.'.length)}`;
  return FLAGS[option] ?? option;
}
