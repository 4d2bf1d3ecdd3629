import type { JsonObject } from '../shared/json.ts';
import type { ChannelSettings } from './channel-settings.ts';
import type { EscapeMode } from './templates/escape-output.ts';
import { parseTemplate } from './templates/parser.ts';
import { renderTemplate } from './templates/render.ts';
import { TemplateError } from './templates/template-error.ts';

export type Filled = {
  readonly text: string;
  /** Why the built-in text stands there instead of the template's; null when all is well. */
  readonly error: string | null;
};

/** The template filled, or the built-in text when it fails: a message in another dress beats none. */
export function fillTemplate(
  source: string,
  builtIn: string,
  variables: JsonObject,
  options: { readonly escape: EscapeMode; readonly timeZone: string },
): Filled {
  const fill = (template: string): string => renderTemplate(parseTemplate(template), variables, options);
  if (source === '') return { text: fill(builtIn), error: null };
  try {
    return { text: fill(source), error: null };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { text: fill(builtIn), error: `template error at ${error.message}` };
  }
}

/** Whether a notification shows rows: they cost a search. `rows_count` does not count as `rows`. */
export function wantsRows(settings: ChannelSettings): boolean {
  if (settings.channel === 'syslog' && settings.splitRows && settings.message === '') return true;
  return templatesOf(settings).some((source) => /\brows?\b/.test(source));
}

function templatesOf(settings: ChannelSettings): readonly string[] {
  switch (settings.channel) {
    case 'email':
      return [settings.subject, settings.template];
    case 'http':
      return [settings.queryString, settings.body];
    case 'syslog':
    case 'snmp':
      return [settings.message];
    case 'ssh':
      return [settings.command];
    case 'sms':
      return [settings.body];
  }
}
