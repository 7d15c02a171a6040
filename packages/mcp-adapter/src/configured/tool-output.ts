import { harmless } from '../harmless.ts';
import type { Ran } from '../runs/runner.ts';
import type { Target } from '../targets.ts';
import type { ToolResult } from '../tool.ts';
import { toRunCommandResult } from '../tools/run-command-result.ts';
import type { ConfiguredTool } from './configured-tool.ts';
import { madeFile } from './file-output.ts';
import { jsonReader } from './json-output.ts';
import { placeholderIn } from './placeholder.ts';
import type { Values } from './values.ts';

/** A tool that has run, or runs on. */
export interface ToolRan extends Ran {
  readonly target: Target;
  readonly values: Values;
  /** Asks the target again where paths lead. */
  readonly toReal: (values: Values) => Promise<Values>;
  /** What ends the wait for a file. */
  readonly giveUp: readonly AbortSignal[];
}

/** Makes an answer of what came of a call. */
export type ShowOutput = (ran: ToolRan) => Promise<ToolResult>;

/** How the output of a tool is shown. What did not exit with 0 has none beside its streams. */
export function outputOf(name: string, { output }: ConfiguredTool): ShowOutput {
  if (output?.type === 'json') return ofJson(name, output.schema);
  if (output?.type === 'file') return ofFile(output);
  return async ({ view, show }) => toRunCommandResult(view, show);
}

function ofJson(name: string, schema: Readonly<Record<string, unknown>>): ShowOutput {
  const read = jsonReader(`tools.${name}.output.schema`, schema);
  return async ({ view, show }) => {
    const answer = toRunCommandResult(view, show);
    if (view.end?.ok !== true) return answer;
    const found = read(view.stdout);
    if ('json' in found) {
      // Once is enough for a program; a model has it in the text.
      const { stdout: _, ...fields } = answer.structuredContent ?? {};
      return { ...answer, structuredContent: { ...fields, json: found.json } };
    }
    // It may quote names that the command wrote.
    const fault = harmless(found.fault).text;
    return withFields(answer, `json: not as this tool promises it: ${fault}`, { json_error: fault });
  };
}

function ofFile({ path, ...asked }: { readonly path: string; readonly mimeType?: string; readonly maxBytes?: number }): ShowOutput {
  return async ({ view, show, target, values, giveUp, toReal }) => {
    const answer = toRunCommandResult(view, show);
    if (view.end?.ok !== true) return answer;
    const name = placeholderIn(path);
    const at = name === undefined ? path : String(values.get(name));
    // The command may have put a link there that leads out of the root.
    const check = async (): Promise<unknown> => (name === undefined ? undefined : await toReal(new Map([[name, at]])));
    const { content, fields, line } = await madeFile(target, { path: at, ...asked }, giveUp, check);
    const told = withFields(answer, line, fields);
    return { ...told, content: [...told.content, ...content] };
  };
}

function withFields(answer: ToolResult, line: string, fields: Readonly<Record<string, unknown>>): ToolResult {
  return {
    ...answer,
    content: [...answer.content, { type: 'text', text: line }],
    structuredContent: { ...answer.structuredContent, ...fields },
  };
}
