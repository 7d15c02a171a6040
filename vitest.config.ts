import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alone = ['{packages,test,examples}/**/*.alone.test.ts', 'test/end-to-end/**/*.test.ts', 'test/faults/**/*.test.ts'];
const conformance = ['packages/*/src/**/*.conformance.test.ts', 'test/ssh/*.conformance.test.ts'];
const tests = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/**/*.test.ts'];

// Tests run against the sources: no build comes before them. A child process that a test starts is given the same condition.
export default defineConfig({
  resolve: { conditions: ['@errand/source'] },
  ssr: { resolve: { conditions: ['@errand/source'] } },
  test: {
    pool: 'forks',
    // Node's own: hundreds of processes that tests start would each strip the types from the same sources.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', './test/closing-line.ts'],
    // Most tests wait for processes more than they compute: more files at once than a small machine has processors.
    maxWorkers: 3,
    // Three groups, one after the other.
    projects: [
      { extends: true, test: { name: 'unit', include: tests, exclude: ['**/node_modules/**', ...conformance, ...alone] } },
      { extends: true, test: { name: 'conformance', include: conformance, sequence: { groupOrder: 1 } } },
      // Suites that hold to times or look at the whole machine would measure whatever runs beside them.
      { extends: true, test: { name: 'alone', include: alone, fileParallelism: false, sequence: { groupOrder: 2 } } },
    ],
  },
});
