import { isExecError } from '@errand/core';
import { ResourceNotFoundError } from '@modelcontextprotocol/server';
import { harmless } from '../harmless.ts';
import { bytesOf } from '../jobs/found-job.ts';
import { placeOf } from '../jobs/job-finder.ts';
import { textPage } from '../jobs/output/text-page.ts';
import type { Owner } from '../jobs/owner.ts';
import type { ToolView } from '../tool-view.ts';
import { decodeCursor, encodeCursor } from '../tools/list-jobs.ts';
import { listedTarget, listedTargets } from '../tools/list-targets.ts';
import { choiceOf, choicesOf, choiceTemplate } from './choices.ts';
import { type JobStream, jobStreamOf, jobTemplate, jobUri, TARGET_TEMPLATE, TARGETS_URI, targetOf } from './resource-uri.ts';

const PAGE_SIZE = 50;
/** A client may show all of it to a model. */
const MAX_READ_BYTES = 65_536;
const STREAMS = ['stdout', 'stderr'] as const;

interface Listed {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
}

/** The targets, and what the caller's jobs wrote, the newest first, 50 jobs a page. */
export async function listResources(
  view: ToolView,
  owner: Owner,
  cursor: string | undefined,
): Promise<{ resources: Listed[]; nextCursor?: string }> {
  const first = cursor === undefined && view.has('list_targets') ? [TARGETS] : [];
  if (!view.has('read_output')) return { resources: first };
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const all = (await view.seen.list(owner)).filter((job) => after === undefined || placeOf(job) < after);
  const page = all.slice(0, PAGE_SIZE);
  const last = page.at(-1);
  const resources = page.flatMap(({ record }) => {
    const description = `${harmless(record.command).text} on ${record.target}, started ${record.startedAt}`;
    return STREAMS.map((stream) => ({
      uri: jobUri({ jobId: record.id, stream }),
      name: `${stream} of ${record.id}`,
      description,
      mimeType: 'text/plain',
    }));
  });
  return { resources: [...first, ...resources], ...(all.length > PAGE_SIZE && last && { nextCursor: encodeCursor(placeOf(last)) }) };
}

const TARGETS: Listed = { uri: TARGETS_URI, name: 'targets', description: 'Where commands can run.', mimeType: 'application/json' };

export function listTemplates(view: ToolView): { uriTemplate: string; name: string; description: string; mimeType: string }[] {
  const ofJobs = STREAMS.map((stream) => ({
    uriTemplate: jobTemplate(stream),
    name: stream,
    description: `What a job wrote to ${stream}: at most its last ${MAX_READ_BYTES} bytes.`,
    mimeType: 'text/plain',
  }));
  const ofTargets = { uriTemplate: TARGET_TEMPLATE, name: 'target', description: 'One target.', mimeType: 'application/json' };
  const ofChoices = choicesOf(view).map((choice) => ({
    uriTemplate: choiceTemplate(choice),
    name: `${choice.parameter} of ${choice.tool}`,
    description: choice.description ?? 'One value of this parameter.',
    mimeType: 'application/json',
  }));
  return [...(view.has('read_output') ? ofJobs : []), ...(view.has('list_targets') ? [ofTargets] : []), ...ofChoices];
}

/** @throws ResourceNotFoundError where there is none, also where it is another's */
export async function readResource(
  view: ToolView | undefined,
  owner: Owner,
  uri: string,
): Promise<{ contents: { uri: string; mimeType: string; text: string }[] }> {
  const job = jobStreamOf(uri);
  try {
    if (job && view?.has('read_output')) return { contents: [{ uri, mimeType: 'text/plain', text: await textOf(view, owner, job) }] };
    const target = targetOf(uri);
    if (view?.has('list_targets') && (uri === TARGETS_URI || target !== undefined)) {
      const found = target === undefined ? listedTargets(view.targets, view.options) : listedTarget(view.targets, view.options, target);
      return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(found) }] };
    }
  } catch (fault) {
    if (!isExecError(fault) || fault.code !== 'EXEC_NOT_FOUND') throw fault;
  }
  const chosen = view && choiceOf(view, uri);
  if (!chosen) throw new ResourceNotFoundError(uri);
  const { tool, parameter, description } = chosen.choice;
  const text = JSON.stringify({ tool, parameter, value: chosen.value, ...(description !== undefined && { description }) });
  return { contents: [{ uri, mimeType: 'application/json', text }] };
}

/** Its end, and a line before it that says what is left out. */
async function textOf(view: ToolView, owner: Owner, { jobId, stream }: JobStream): Promise<string> {
  const job = await view.seen.find(owner, jobId);
  const total = bytesOf(await job.status(), stream);
  const { offset, data } = await textPage((at, bytes) => job.read(stream, at, bytes), Math.max(0, total - MAX_READ_BYTES), MAX_READ_BYTES);
  if (offset === 0) return data;
  return `${view.withPrefix(`[the first ${offset} bytes are left out: read_output reads them, with job_id ${jobId}, stream ${stream} and an offset]`)}\n${data}`;
}
