import { printText } from '../output/print-text.ts';
import type { Served } from './served-targets.ts';

/** Prints what a client would be told, and serves nobody. */
export async function dryRun({ targets, options }: Served): Promise<void> {
  const { describeTools } = await import('@errand/mcp-adapter');
  try {
    await printText(`${JSON.stringify(await describeTools(targets, options), undefined, 2)}\n`);
  } finally {
    await Promise.all(targets.map(({ executor }) => executor.close()));
  }
}
