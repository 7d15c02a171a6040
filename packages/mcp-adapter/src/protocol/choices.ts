import type { ToolView } from '../tool-view.ts';

/** A parameter of a configured tool that is one of a few words. */
export interface Choice {
  /** As clients call it. */
  readonly tool: string;
  readonly parameter: string;
  readonly description?: string;
  readonly values: readonly string[];
}

/** Those of the tools that a view has. */
export function choicesOf({ names, options: { prefix, tools } }: ToolView): Choice[] {
  return names.flatMap((name) =>
    Object.entries(tools[name]?.parameters ?? {}).flatMap(([parameter, given]) => {
      if (given.type !== 'enum') return [];
      const { values, description } = given;
      return [{ tool: prefix + name, parameter, values, ...(description !== undefined && { description }) }];
    }),
  );
}

/** Where its values are completed: the protocol completes variables of templates, and not arguments of tools. */
export function choiceTemplate({ tool, parameter }: Choice): string {
  return `errand://tools/${tool}/${parameter}/{${parameter}}`;
}

/** The choice that such a URI means, and the value; nothing for what is none. */
export function choiceOf(view: ToolView, uri: string): { readonly choice: Choice; readonly value: string } | undefined {
  const [, tool, parameter, written = ''] = /^errand:\/\/tools\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(uri) ?? [];
  const choice = choicesOf(view).find((one) => one.tool === tool && one.parameter === parameter);
  const value = choice?.values.find((each) => each === decoded(written));
  return choice && value !== undefined ? { choice, value } : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
