import { ExecError } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { Target } from '../targets.ts';
import { notAllowed } from './allowances.ts';

/** What a call asks for. */
export interface Wanted {
  readonly timeoutMs?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly user?: string | undefined;
  readonly background?: boolean | undefined;
}

/** @throws ExecError `EXEC_PERMISSION`, or `EXEC_INVALID_OPTION` for the timeout, where a target does not allow that */
export function refuseBeyond(target: Target, { timeoutMs, env = {}, user, background }: Wanted): void {
  const { allowEnv = true, allowUser = false, maxTimeoutMs } = target;
  const { name } = target.executor;
  const variable = notAllowed(allowEnv, Object.keys(env));
  if (variable !== undefined)
    throw refusal(name, { option: 'env', what: `the variable ${variable.slice(0, 64)}`, allowed: allowEnv, key: 'allowEnv' });
  const account = user === undefined ? undefined : notAllowed(allowUser, [user]);
  if (account !== undefined)
    throw refusal(name, { option: 'user', what: `user '${account.slice(0, 64)}'`, allowed: allowUser, key: 'allowUser' });
  if (background === true && target.background === false)
    throw refusal(name, { option: 'background', what: 'background: true', allowed: false, key: 'background' });
  if (timeoutMs !== undefined && maxTimeoutMs !== undefined && timeoutMs > maxTimeoutMs)
    throw invalidOption('timeout_ms', `${timeoutMs} is longer than target '${name}' allows`, `1 … ${maxTimeoutMs}`);
}

interface Refused {
  readonly option: string;
  readonly what: string;
  readonly allowed: boolean | readonly string[];
  /** In errand.yaml. */
  readonly key: string;
}

function refusal(target: string, { option, what, allowed, key }: Refused): ExecError {
  const says = typeof allowed === 'object' && allowed.length > 0 ? allowed.join(', ') : 'none';
  const message = `${option}: target '${target}' does not allow ${what} (in errand.yaml: mcp: { ${key}: … }). Allowed: ${says}.`;
  return new ExecError('EXEC_PERMISSION', message, { detail: { option } });
}
