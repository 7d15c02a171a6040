import { stringify } from 'yaml';
import { faultLine, pathText } from '../config/fault.ts';
import { printText } from '../output/print-text.ts';
import { UsageError } from '../usage-error.ts';
import { fromMcpfier } from './mcpfier.ts';
import { readSource } from './source-file.ts';

/** Prints on stdout what a configuration of MCPFier is as errand.yaml, and on stderr what is not as it was, a line each. */
export async function importMcpfier(file: string): Promise<void> {
  const { value, placeOf } = readSource(file);
  const { config, lost } = fromMcpfier(value);
  for (const { path, message } of lost) console.error(faultLine(file, { ...placeOf(path), path: pathText(path), message }));
  if (Object.keys(config.tools).length === 0) throw new UsageError(`${file}: there is no command in it that could be carried over.`);
  await printText(stringify(config, { lineWidth: 0 }));
}
