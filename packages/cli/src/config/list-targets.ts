import { columns, inOneLine } from '../output/columns.ts';
import { printText } from '../output/print-text.ts';
import { UsageError } from '../usage-error.ts';
import type { TargetConfig } from './config.ts';
import { findConfig } from './find-config.ts';

export interface ListFlags {
  readonly config?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

type Listed = Pick<TargetConfig, 'name' | 'kind' | 'entry' | 'labels' | 'expose' | 'description'>;

const LOCAL: Listed = { name: 'local', kind: 'local', entry: 'local', labels: {}, expose: 'commands', description: undefined };

/** Prints the targets of the configuration file, in its order. */
export async function listTargets({ config, label = {}, json }: ListFlags): Promise<void> {
  const file = findConfig(config);
  const all: readonly Listed[] = file === undefined ? [LOCAL] : await configured(file);
  const found = all.filter(({ labels }) =>
    Object.entries(label).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value),
  );
  await printText(`${json ? JSON.stringify(found.map(shown)) : columns(['NAME', 'KIND', 'LABELS', 'DESCRIPTION'], found.map(row))}\n`);
}

/** Adds one `--label NAME=value` to those before it. */
export function collectLabel(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`--label: '${text}' is no label. Allowed: NAME=value.`);
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

async function configured(file: string): Promise<readonly Listed[]> {
  const { readConfig } = await import('./read-config.ts');
  return [...readConfig(file).targets.values()];
}

function shown({ name, kind, entry, labels, expose, description }: Listed): object {
  return { name, kind, entry, labels, mcp: expose, ...(description !== undefined && { description }) };
}

function row({ name, kind, labels, description = '' }: Listed): readonly string[] {
  const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [name, kind, inOneLine(text.join(',')), inOneLine(description)];
}
