import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JobRecord, parseRecord } from './job-record.ts';
import type { Owner } from './owner.ts';

const RECORD = 'job.json';
/** As the ids of executions are; nothing else reaches the file system. */
const JOB_ID = /^[A-Za-z0-9._-]{1,64}-[a-f0-9]{20}$/;
const OWNER_ID = /^[a-f0-9]{32}$/;
const AT_ONCE = 32;

/**
 * Jobs in files: a directory for each owner, in it one for each job, in that what is known of it and its output. What is known is
 * written whole or not at all; a directory without it is no job.
 */
export class JobStore {
  readonly #root: () => string;

  constructor(root: () => string) {
    this.#root = root;
  }

  directory(owner: Pick<Owner, 'id'>, jobId: string): string {
    return join(this.#root(), owner.id, jobId);
  }

  /** Writes what is known of a job, whose directory is made the first time. */
  async save(owner: Pick<Owner, 'id'>, record: JobRecord): Promise<void> {
    const directory = this.directory(owner, record.id);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const draft = join(directory, `${RECORD}.${randomBytes(6).toString('hex')}`);
    await writeFile(draft, JSON.stringify(record), { mode: 0o600, flag: 'wx' });
    await rename(draft, join(directory, RECORD));
  }

  /** `undefined` where there is none, or it is another's: the same to who asks. */
  async load(owner: Pick<Owner, 'id'>, jobId: string): Promise<JobRecord | undefined> {
    if (!JOB_ID.test(jobId)) return undefined;
    try {
      return parseRecord(await readFile(join(this.directory(owner, jobId), RECORD), 'utf8'));
    } catch {
      return undefined;
    }
  }

  async list(owner: Pick<Owner, 'id'>): Promise<JobRecord[]> {
    const ids = await this.ids(owner);
    const found: JobRecord[] = [];
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      const records = await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => this.load(owner, id)));
      found.push(...records.filter((record) => record !== undefined));
    }
    return found;
  }

  async ids(owner: Pick<Owner, 'id'>): Promise<string[]> {
    return (await names(join(this.#root(), owner.id))).filter((name) => JOB_ID.test(name));
  }

  async owners(): Promise<Pick<Owner, 'id'>[]> {
    return (await names(this.#root())).filter((name) => OWNER_ID.test(name)).map((id) => ({ id }));
  }

  /** What is known of it goes first, so that what a crash leaves is no job. */
  async remove(owner: Pick<Owner, 'id'>, jobId: string): Promise<void> {
    const directory = this.directory(owner, jobId);
    await rm(join(directory, RECORD), { force: true });
    await rm(directory, { recursive: true, force: true });
  }

  /** When something in the directory of a job was last written, in milliseconds since 1970. */
  async lastWrite(owner: Pick<Owner, 'id'>, jobId: string): Promise<number> {
    const directory = this.directory(owner, jobId);
    const paths = [directory, ...(await names(directory)).map((name) => join(directory, name))];
    const times = await Promise.all(
      paths.map((path) =>
        stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      ),
    );
    return Math.max(...times);
  }
}

async function names(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => []);
}
