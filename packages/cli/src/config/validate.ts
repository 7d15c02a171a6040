import { resolve } from 'node:path';
import { printText } from '../output/print-text.ts';
import { toolFaults } from '../serve/tool-faults.ts';
import { UsageError } from '../usage-error.ts';
import { ConfigError, faultLine } from './fault.ts';
import { findConfig } from './find-config.ts';
import { jsonSchema } from './json-schema.ts';
import { readConfig } from './read-config.ts';

export interface ValidateFlags {
  readonly config?: string;
  readonly strict?: boolean;
  readonly printSchema?: boolean;
}

/** Checks a file, says what came of it, and gives the exit code. */
export async function validate(named: string | undefined, { config, strict, printSchema }: ValidateFlags): Promise<number> {
  if (named !== undefined && config !== undefined) throw new UsageError('--config: stands beside FILE. Allowed: one of them.');
  if (printSchema) {
    await printText(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
    return 0;
  }
  const file = named === undefined ? findConfig(config) : findConfig(named, 'FILE');
  if (file === undefined)
    throw new UsageError(`validate: there is no ${resolve('errand.yaml')}, nor one below the user's configuration. Name it.`);
  try {
    const config = readConfig(file);
    const { targets, tools = {}, warnings } = config;
    const faults = await toolFaults(config);
    if (faults.length > 0) throw new ConfigError(file, faults);
    for (const warning of warnings)
      console.error(faultLine(file, { ...warning, message: `${strict ? '' : 'warning: '}${warning.message}` }));
    if (strict && warnings.length > 0) return 1;
    await printText(`${file} is valid: ${count(targets.size, 'target')}, ${count(Object.keys(tools).length, 'tool')}\n`);
    return 0;
  } catch (fault) {
    if (!(fault instanceof ConfigError)) throw fault;
    console.error(fault.message);
    return 1;
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
