import { readFileSync } from 'node:fs';
import type { TargetList } from './targets.ts';

const NAMES_IN_INSTRUCTIONS = 10;

/** How a server that Errand runs itself introduces itself. */
export interface ServerIdentity {
  /** Default `errand`. */
  readonly name?: string;
  /** Default: this package's version. */
  readonly version?: string;
  /** What a model is told of this server as a whole. Default: how to use the tools, and the targets' names where they are few. */
  readonly instructions?: string;
}

/** The names of these options. */
export const IDENTITY_OPTIONS: readonly (keyof ServerIdentity)[] = ['name', 'version', 'instructions'];

/** This package's version, read from where it is installed. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return typeof version === 'string' ? version : '0.0.0';
}

/** What a model needs to know before its first call. */
export function defaultInstructions(targets: TargetList, tools: readonly string[]): string {
  const { names } = targets;
  const all = names.length <= NAMES_IN_INSTRUCTIONS ? `Targets: ${names.join(', ')}.` : 'list_targets gives the targets.';
  const where = targets.defaultName === undefined ? all : `${all} Default: ${targets.defaultName}.`;
  if (!tools.includes('run_command'))
    return `Errand runs the commands that its tools stand for, and tells exactly how they ended. ${where}
What runs longer than 45 s runs on as a job: read_output with wait_ms follows it.
Its outcome "unknown" means that it may have run: check before repeating it.`;
  return `Errand runs commands and tells exactly how they ended. ${where}
Use argv for values that you did not write yourself; command is shell source. Commands have no terminal: pass flags that do not ask.
A session keeps directory and variables from one command to the next; without it each starts afresh.
What runs longer than wait_ms runs on as a job: read_output with wait_ms follows it, signal_job ends it. For a server use background: true.
A command is ended with all of its children at its timeout_ms. Its outcome "unknown" means that it may have run: check before repeating it.
When a call may be sent twice, give it an idempotency_key.`;
}
