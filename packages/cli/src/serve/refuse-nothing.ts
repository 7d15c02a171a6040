import type { ConfiguredTools } from '@errand/mcp-adapter';
import type { TargetConfig } from '../config/config.ts';
import { UsageError } from '../usage-error.ts';

/** What would be served, and what the command line leaves of it. */
export interface Left {
  readonly file: string;
  readonly targets: readonly TargetConfig[];
  readonly tools: ConfiguredTools;
  readonly toolsOnly?: boolean | undefined;
  readonly readOnly?: boolean | undefined;
}

/** @throws UsageError where a client would get no way to run or look at anything */
export function refuseNothing({ file, targets, tools, toolsOnly = false, readOnly = false }: Left): void {
  const all = Object.values(tools);
  const hasTools = readOnly ? all.some((tool) => tool.readOnly) : all.length > 0;
  const hasCommands = !readOnly && targets.some(({ expose }) => expose === 'commands');
  const hasFiles = targets.some(({ files }) => files !== 'none');
  if (hasTools || hasCommands || hasFiles) return;
  const names = targets.map(({ name }) => name).join(', ');
  const flags = [...(toolsOnly ? ['--tools-only'] : []), ...(readOnly ? ['--read-only'] : [])].join(' ') || 'mcp: { expose: tools }';
  throw new UsageError(`serve: with ${flags} nothing is left: no tool of ${file} ${readOnly ? 'with readOnly ' : ''}runs on ${names}.`);
}
