import type { ExecutorOptions } from '@errand/core';
import * as check from '@errand/core/checks';
import type { AwsCredentials } from './lambda-client.ts';

/** One of several functions that differ in memory alone. */
export interface SizedFunction {
  readonly functionName: string;
  /** Bytes that the function has, as configured in Lambda: 128 MiB … 32 GiB. */
  readonly memoryBytes: number;
}

/** Options of `lambdaExecutor`. One of `functionName` and `functions` must be there. */
export interface LambdaExecutorOptions extends ExecutorOptions {
  /** A name, an ARN or a part of one, with a version or an alias behind it (`errand:live`) where one is meant. */
  readonly functionName?: string;
  /**
   * Several functions with the same handler and different memory: a command with `limits.memoryBytes` goes to the smallest that has as
   * much, and without it to the smallest. At most 32.
   */
  readonly functions?: readonly SizedFunction[];
  /** Default: as for every program of AWS (`AWS_REGION`, `~/.aws/config`). */
  readonly region?: string;
  /** A URL in place of AWS's own: a VPC endpoint, an emulator. */
  readonly endpoint?: string;
  /** Default: as for every program of AWS (variables, `~/.aws`, the role of the machine). */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /** The functions have tenant isolation: a command's `tenant`, which it must have, gets sandboxes of its own. Default false. */
  readonly tenantIsolation?: boolean;
  /**
   * Tells the function that an execution is cancelled, by what its handler's `cancelled` hook asks, such as an object in S3. With it an
   * abort and `close()` end a command within the handler's `cancelPollMs`. Without it they stop waiting: the outcome is `unknown`, and
   * the command ends at its deadline.
   */
  readonly cancel?: (executionId: string) => Promise<void>;
  /**
   * Keeps stdin of more than 4 MiB where the function's `loadStdin` finds it by what this resolves to, such as `s3://bucket/key`; at most
   * 512 MiB, which both sides hold in memory. Whoever keeps it removes it. Where it rejects, nothing was started.
   */
  readonly storeStdin?: (executionId: string, stdin: Uint8Array) => Promise<string>;
  /** Milliseconds for which nothing may be heard of a running command, until it is `unknown`: 10,000 … 900,000; default 30,000. */
  readonly silenceMs?: number;
  /** The most commands at once, 1 … 10,000; default 1,000. More wait for one of them to end, within their `startTimeoutMs`. */
  readonly maxConnections?: number;
}

const functionName = check.matching(
  /^[A-Za-z0-9:_$./-]{1,256}$/,
  'a name or an ARN of a function, with a version or an alias where one is meant',
);

/** How the backend's own options are checked. */
export const lambdaOptionChecks: check.OptionChecks = {
  functionName,
  functions: checkFunctions,
  region: check.matching(/^[a-z0-9-]{1,64}$/, 'such as eu-central-1'),
  endpoint: check.matching(/^https?:\/\/[^\s]+$/, 'a URL such as https://lambda.eu-central-1.amazonaws.com'),
  credentials: checkCredentials,
  tenantIsolation: check.boolean,
  cancel: check.callback,
  storeStdin: check.callback,
  silenceMs: check.integer(10_000, 900_000),
  maxConnections: check.integer(1, 10_000),
};

/** Functions by memory, the smallest first. Where there is one, nobody asks what it has. */
export function functionsOf({ functionName, functions }: LambdaExecutorOptions): readonly SizedFunction[] {
  if (functions && functionName !== undefined) throw check.invalidOption('functions', 'stands beside functionName', 'one of them');
  if (functions) return functions.toSorted((a, b) => a.memoryBytes - b.memoryBytes);
  if (functionName === undefined) throw check.invalidOption('functionName', 'is missing', 'a name or an ARN, or functions');
  return [{ functionName, memoryBytes: Number.POSITIVE_INFINITY }];
}

function checkFunctions(option: string, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0 || value.length > 32)
    throw check.invalidOption(option, 'is no list of functions', '1 to 32 of { functionName, memoryBytes }');
  value.forEach((one, i) => {
    const fields = check.object(`${option}[${i}]`, one);
    for (const [name, checked] of Object.entries(SIZED)) {
      const given: unknown = Reflect.get(fields, name);
      if (given === undefined) throw check.invalidOption(`${option}[${i}].${name}`, 'is missing', '{ functionName, memoryBytes }');
      checked(`${option}[${i}].${name}`, given);
    }
  });
}

const SIZED: check.OptionChecks = { functionName, memoryBytes: check.integer(134_217_728, 34_359_738_368) };

/** No value of them is shown. */
function checkCredentials(option: string, value: unknown): void {
  if (typeof value === 'function') return;
  const fields = check.object(option, value);
  for (const name of ['accessKeyId', 'secretAccessKey'])
    if (typeof Reflect.get(fields, name) !== 'string' || Reflect.get(fields, name) === '')
      throw check.invalidOption(`${option}.${name}`, 'is missing', '{ accessKeyId, secretAccessKey, sessionToken }, or a function');
}
