import { isUtf8 } from 'node:buffer';
import { ExecError, isExecError } from '@errand/core';
import { harmless } from '../harmless.ts';
import { within } from '../jobs/until.ts';
import type { Target } from '../targets.ts';
import type { ToolContent } from '../tool.ts';
import { MAX_OUTPUT_BYTES } from '../tools/fields.ts';

const DEFAULT_MAX_BYTES = 1_048_576;
const READ_MS = 30_000;

/** A file that a tool made, as content beside its text. */
export interface MadeFile {
  readonly content: readonly ToolContent[];
  /** For programs: where it is and how long, or what is wrong. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The same in words. */
  readonly line: string;
}

export interface FileAsked {
  readonly path: string;
  readonly mimeType?: string | undefined;
  readonly maxBytes?: number | undefined;
}

/** Reads it, unless `check` rejects. What cannot be read is told: the tool has run all the same. */
export async function madeFile(
  { executor }: Target,
  asked: FileAsked,
  giveUp: readonly AbortSignal[],
  check: () => Promise<unknown>,
): Promise<MadeFile> {
  const { path, maxBytes = DEFAULT_MAX_BYTES } = asked;
  try {
    await check();
    const bytes = await within(READ_MS, giveUp, (signal) => executor.files.read(path, { maxBytes, signal }));
    const content = contentOf(executor.name, asked, bytes);
    return {
      content: [content],
      fields: { file: path, file_bytes: bytes.length },
      line: `file: ${harmless(path).text}, ${bytes.length} bytes`,
    };
  } catch (error) {
    const fault = isExecError(error) ? error : new ExecError('EXEC_UNAVAILABLE', `${path} could not be read in time.`, { cause: error });
    const why = harmless(`${fault.code}: ${fault.message}`).text;
    return { content: [], fields: { file: path, file_error: why }, line: `file: ${harmless(path).text} is not given: ${why}` };
  }
}

function contentOf(target: string, { path, mimeType }: FileAsked, bytes: Uint8Array): ToolContent {
  const data = (): string => Buffer.from(bytes).toString('base64');
  if (mimeType?.startsWith('image/')) return { type: 'image', data: data(), mimeType };
  if (mimeType?.startsWith('audio/')) return { type: 'audio', data: data(), mimeType };
  const isText = bytes.length <= MAX_OUTPUT_BYTES && isUtf8(bytes) && !bytes.includes(0);
  if (isText) return { type: 'text', text: harmless(Buffer.from(bytes).toString()).text };
  const uri = `errand://${encodeURIComponent(target)}${path.split('/').map(encodeURIComponent).join('/')}`;
  return { type: 'resource', resource: { uri, mimeType: mimeType ?? 'application/octet-stream', blob: data() } };
}
