import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { ConfigError, faultLine } from './fault.ts';
import { readConfig } from './read-config.ts';

/** For tests: a directory with a file that is read. */
export class ConfigRig {
  directory = '';

  async make(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'errand-config-'));
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  async read(text: string, environment: Record<string, string> = {}): Promise<Config> {
    const file = join(this.directory, 'errand.yaml');
    await writeFile(file, text);
    return readConfig(file, environment);
  }

  /** As `LINE:COLUMN: PATH: MESSAGE`. */
  async faults(text: string, environment: Record<string, string> = {}): Promise<string[]> {
    const error = await this.read(text, environment).then(
      () => undefined,
      (fault: unknown) => fault,
    );
    assert.ok(error instanceof ConfigError, `It should have been refused, and was not: ${String(error)}`);
    assert.equal(error.message, error.faults.map((fault) => faultLine(error.file, fault)).join('\n'));
    return error.faults.map((fault) => faultLine('', fault).slice(1));
  }
}
