/** Options of `createHandler`. Durations in milliseconds. */
export interface HandlerOptions {
  /**
   * What commands get as environment, beneath their own `env`. `inherit` (default): the function's, its role's credentials among it.
   * `minimal`: PATH, HOME, LANG and their like. A record: exactly that.
   */
  readonly environment?: 'inherit' | 'minimal' | Readonly<Record<string, string>>;
  /**
   * The directory that is emptied between commands, but for what was there before the first one; `false`: none. Default: `/tmp` where
   * this is a function of AWS Lambda; elsewhere (an emulator, a test) none.
   */
  readonly temporaryDirectory?: string | false;
  /**
   * Whether every process that is not the function's own, nor was there before the first command, is ended with a command; else those
   * that carry its marker, are in its group or session, or descend from these. Default: where this is a function of AWS Lambda.
   */
  readonly endsEverything?: boolean;
  /** How long before the function's own timeout a command must be gone: 100 … 60,000; default 1,500. */
  readonly marginMs?: number;
  /** How often a silent command is told to live: 10 … 60,000; default 5,000. */
  readonly heartbeatMs?: number;
  /**
   * Asked every `cancelPollMs` whether the caller cancelled this execution, such as by an object in S3; `true` ends it. What it throws is
   * passed over, and it is asked again. Not asked while an answer is due.
   */
  readonly cancelled?: (executionId: string) => boolean | Promise<boolean>;
  /** 10 … 60,000; default 1,000. */
  readonly cancelPollMs?: number;
  /**
   * Asked before a command starts, for at most once across sandboxes: `false` when another one has claimed the execution, and it is not
   * started. A conditional write to DynamoDB will do. Where it throws, nothing is started (`EXEC_UNAVAILABLE`).
   */
  readonly claim?: (executionId: string) => boolean | Promise<boolean>;
  /** Gets stdin that did not fit into the request by what the executor's `storeStdin` gave. */
  readonly loadStdin?: (reference: string) => Uint8Array | Promise<Uint8Array>;
}

/** What AWS sets for a function, and emulators do not. */
export function isFunction(environment: NodeJS.ProcessEnv): boolean {
  return (
    environment['AWS_LAMBDA_RUNTIME_API'] !== undefined && environment['LAMBDA_TASK_ROOT'] !== undefined && !environment['AWS_SAM_LOCAL']
  );
}

/** With what was left out. */
export interface HandlerSettings extends HandlerOptions {
  readonly temporaryDirectory: string | false;
  readonly endsEverything: boolean;
  readonly marginMs: number;
  readonly heartbeatMs: number;
  readonly cancelPollMs: number;
}

/** @throws TypeError where an option is wrong */
export function toSettings(options: HandlerOptions): HandlerSettings {
  const isReal = isFunction(process.env);
  const settings = {
    temporaryDirectory: isReal ? '/tmp' : false,
    endsEverything: isReal,
    marginMs: 1_500,
    heartbeatMs: 5_000,
    cancelPollMs: 1_000,
  } as const;
  for (const [name, least] of [
    ['marginMs', 100],
    ['heartbeatMs', 10],
    ['cancelPollMs', 10],
  ] as const) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < least || value > 60_000)
      throw new TypeError(`${name}: ${value} is not allowed. Allowed: ${least} … 60,000.`);
  }
  for (const name of ['cancelled', 'claim', 'loadStdin'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function') throw new TypeError(`${name}: is no function.`);
  }
  const { temporaryDirectory } = options;
  if (temporaryDirectory !== undefined && temporaryDirectory !== false && !/^\/[^\0]+$/.test(temporaryDirectory)) {
    throw new TypeError('temporaryDirectory: is no absolute path of a directory below /. Allowed: such as /tmp, or false.');
  }
  return { ...settings, ...withoutUndefined(options) };
}

function withoutUndefined(options: HandlerOptions): HandlerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
