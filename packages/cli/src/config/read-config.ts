import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import { checkHttp } from './checks/http.ts';
import { checkNeeds } from './checks/needs.ts';
import { checkReferences } from './checks/references.ts';
import { checkStore } from './checks/store.ts';
import { checkTools } from './checks/tools.ts';
import { warningsOf } from './checks/warnings.ts';
import type { Config } from './config.ts';
import { ConfigError, type Fault, pathText } from './fault.ts';
import type { PathFault } from './path-fault.ts';
import { configSchema } from './schema/config.ts';
import { faultsOf } from './schema/faults-of.ts';
import { toConfig } from './to-config.ts';
import { YamlFile } from './yaml-file.ts';

/** Longer ones are no configuration. */
const MAX_BYTES = 8_388_608;

/**
 * Reads a configuration file and checks all of it.
 *
 * @throws ConfigError with everything that is wrong in it, UsageError when it cannot be read
 */
export function readConfig(file: string, environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const yaml = new YamlFile(textOf(file), { environment, directory: dirname(resolve(file)) });
  if (yaml.isBroken) throw new ConfigError(file, inOrder(yaml.faults, [], yaml));
  const parsed = configSchema.safeParse(yaml.value);
  const found = [
    ...faultsOf(parsed.error?.issues ?? []),
    ...checkNeeds(yaml.value),
    ...checkStore(yaml.value),
    ...checkHttp(yaml.value),
    ...checkReferences(yaml.value, yaml.isFilledIn),
    ...checkTools(yaml.value, yaml.isFilledIn),
  ];
  const faults = inOrder(yaml.faults, found, yaml);
  if (faults.length > 0 || !parsed.success) throw new ConfigError(file, faults);
  return {
    ...toConfig(file, parsed.data, inOrder([], warningsOf(yaml.value), yaml)),
    placeOf: (path) => yaml.placeOf(path, 'value'),
  };
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > MAX_BYTES) throw new UsageError(`${file}: is too long. Allowed: at most 8MiB.`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof TypeError ? 'is no text in UTF-8' : `cannot be read: ${messageOf(error)}`;
    throw new UsageError(`${file}: ${why}.`);
  }
}

/** By place, one a place: what follows from a fault at the same place is none of its own. */
function inOrder(own: readonly Fault[], found: readonly PathFault[], yaml: YamlFile): Fault[] {
  const faults = [...own, ...found.map(({ path, at, message }) => ({ ...yaml.placeOf(path, at), path: pathText(path), message }))];
  const seen = new Set<string>();
  return faults
    .filter(({ line, column, path }) => {
      const key = path === '' ? `${line}:${column}` : path;
      return !seen.has(key) && seen.add(key);
    })
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}
