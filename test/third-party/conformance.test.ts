import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryDirectory } from '../end-to-end/mcp/processes.ts';
import { type ServerProcess, startCliServer } from '../end-to-end/mcp/servers.ts';

import { conformanceProgram } from '../servers/third-party/location.mjs';
import { type Remark, runConformanceSuite } from './conformance-suite.ts';
import { isAbsent } from './is-absent.ts';
import { NOT_SERVED, REASONS } from './not-served.ts';
import { withoutToken } from './token-proxy.ts';

/** How many scenarios the suite has for each revision that is served; for those before it has none. */
const SCENARIOS = { '2025-03-26': 1, '2025-06-18': 27, '2025-11-25': 33, '2026-07-28': 40 };

const program = conformanceProgram();

describe.skipIf(isAbsent(program, "MCP's conformance suite"))("errand serve --http, by MCP's conformance suite", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: ServerProcess;
  let open: Awaited<ReturnType<typeof withoutToken>>;
  const seen = new Set<string>();

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const files = join(directory.path, 'files');
    await mkdir(files);
    vi.stubEnv('CONFORMANCE_FILES', files);
    const config = fileURLToPath(new URL('./conformance.errand.yaml', import.meta.url));
    server = await startCliServer(join(directory.path, 'state'), '--config', config);
    open = await withoutToken(server);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await open?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  // One after another: a client is told of all that its owner's commands do.
  test.each(Object.entries(SCENARIOS))(
    '%s is met but for what is not served',
    async (revision, count) => {
      const remarks = await runConformanceSuite(program ?? '', open.url, revision, join(directory.path, revision));
      const unexpected = [...remarks].flatMap(([scenario, found]) => differences(scenario, found));
      expect(unexpected).toEqual([]);
      expect(remarks.size).toBe(count);
      for (const scenario of remarks.keys()) seen.add(scenario);
    },
    90_000,
  );

  test('what is not served is all of it still asked, for a reason, and no more than this', () => {
    const listed = Object.entries(NOT_SERVED);
    expect(listed.filter(([scenario]) => !seen.has(scenario))).toEqual([]);
    expect(Object.keys(REASONS).filter((reason) => !listed.flatMap(([, parts]) => parts).some((part) => part.reason === reason))).toEqual(
      [],
    );
    // Whoever adds to the list says so here, too.
    expect([listed.length, listed.flatMap(([, parts]) => parts.flatMap(({ checks }) => checks)).length]).toEqual([33, 40]);
  });
});

/** What of a scenario is otherwise than written, a line each. */
function differences(scenario: string, remarks: readonly Remark[]): string[] {
  const listed = (NOT_SERVED[scenario] ?? []).flatMap(({ checks }) => checks);
  const found = remarks.map(({ id }) => id);
  return [
    ...remarks.filter(({ id }) => !listed.includes(id)).map(({ status, id, message }) => `${scenario}: ${status} ${id}: ${message}`),
    ...listed.filter((id) => !found.includes(id)).map((id) => `${scenario}: ${id} is met, and still listed`),
  ];
}
