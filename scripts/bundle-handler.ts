import { resolve } from 'node:path';
import { build } from 'rolldown';

const entry = resolve(import.meta.dirname, '../packages/backend-lambda/src/handler/index.ts');

/** Writes the handler for functions as one file that stands on `node:*` alone, to be deployed as it is. */
export async function bundleHandler(file: string): Promise<void> {
  await build({
    input: entry,
    platform: 'node',
    resolve: { conditionNames: ['@errand/source', 'node', 'import'] },
    // Lambda's Node 22.
    transform: { target: 'node22' },
    logLevel: 'warn',
    output: { file, format: 'esm', minify: true },
  });
}

if (import.meta.main) await bundleHandler(process.argv[2] ?? 'handler.js');
