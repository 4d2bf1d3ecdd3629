import type { JsonObject } from '../shared/json.ts';
import type { EscapeMode } from './templates/escape-output.ts';
import { parseTemplate } from './templates/parser.ts';
import { renderTemplate } from './templates/render.ts';
import { checkShellTemplate } from './templates/shell-template.ts';
import { TemplateError } from './templates/template-error.ts';

/** What a template is for decides how its values are made fit. */
export const TEMPLATE_KINDS = ['html', 'text', 'json', 'url', 'shell'] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

const MODES: Readonly<Record<TemplateKind, EscapeMode>> = {
  html: 'html',
  text: 'none',
  json: 'json',
  url: 'url',
  shell: 'shell',
};

/** Line and column count from 1. */
export type TemplateProblem = { readonly line: number; readonly column: number; readonly message: string };

export type Preview = {
  /** Null when there are errors. */
  readonly text: string | null;
  readonly errors: readonly TemplateProblem[];
};

/** The template filled once with the variables. Never throws for what the template says. */
export function previewTemplate(source: string, kind: TemplateKind, variables: JsonObject, timeZone: string): Preview {
  try {
    const template = parseTemplate(source);
    if (kind === 'shell') checkShellTemplate(template);
    return { text: renderTemplate(template, variables, { escape: MODES[kind], timeZone }), errors: [] };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { line, column } = error;
    return { text: null, errors: [{ line, column, message: error.message.replace(/^\d+:\d+: /, '') }] };
  }
}
