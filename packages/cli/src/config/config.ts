import type { Allowances } from '@errand/mcp-adapter';
import type { Fault, Place } from './fault.ts';
import type { RawConfig } from './schema/config.ts';
import type { Kind } from './schema/kinds.ts';
import type { TargetEntry } from './schema/target.ts';

/** One place to run commands, as the configuration file describes it. */
export interface TargetConfig {
  /** How results and ids name it. */
  readonly name: string;
  readonly kind: Kind;
  /** The key below `targets`. An entry of several hosts stands for as many targets. */
  readonly entry: string;
  readonly description: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What MCP clients get of it. */
  readonly expose: 'commands' | 'tools' | 'none';
  /** What they may do with its files. */
  readonly files: 'none' | 'read' | 'write';
  /** Bytes of each stream of a job that are kept. */
  readonly maxJobOutputBytes: number | undefined;
  /** What callers may ask of commands. */
  readonly allowances: Allowances;
  readonly queue: TargetEntry['queue'];
  /** What its executor takes, under the API's names; `defaults` hold those of the whole file too. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** All that a configuration file says. */
export interface Config {
  readonly file: string;
  readonly targets: ReadonlyMap<string, TargetConfig>;
  readonly defaultTarget: string | undefined;
  /** What will not work here, or is likely a mistake. */
  readonly warnings: readonly Fault[];
  readonly mcp: RawConfig['mcp'];
  readonly http: RawConfig['http'];
  readonly quotas: RawConfig['quotas'];
  readonly tools: RawConfig['tools'];
  /** Where something stands, or what is nearest to it. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
}
