import type { LocalExecutorOptions } from './local-options.ts';

const MINIMAL = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TERM|TMPDIR)$/;

/** How leftovers of an execution are found; an executor inside a command appends its own to what it inherits. */
const MARKER_VARIABLE = 'ERRAND_EXECUTION';

/** The environment that commands start from, and the marker of an execution that this process is itself part of. */
export interface BaseEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly outerMarker: string | undefined;
}

/** Copies the environment once, so that later changes of `process.env` reach no command. */
export function baseEnvironment(mode: LocalExecutorOptions['environment'] = 'inherit'): BaseEnvironment {
  const source: Readonly<Record<string, string | undefined>> = typeof mode === 'string' ? process.env : mode;
  const variables: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined || name.startsWith('ERRAND_')) continue;
    if (mode !== 'minimal' || MINIMAL.test(name)) variables[name] = value;
  }
  return { variables, outerMarker: process.env[MARKER_VARIABLE] };
}

/** What a shell is given for the commands that run in it. */
export function shellEnvironment({ variables, outerMarker }: BaseEnvironment): Readonly<Record<string, string>> {
  return outerMarker === undefined ? variables : { ...variables, [MARKER_VARIABLE]: outerMarker };
}

/** One command's whole environment. */
export function commandEnvironment(
  base: BaseEnvironment,
  marker: string,
  own: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...base.variables, ...own };
  environment[MARKER_VARIABLE] = base.outerMarker === undefined ? marker : `${base.outerMarker}:${marker}`;
  // Node leaves out variables that are undefined: that is how one is removed.
  return environment;
}
