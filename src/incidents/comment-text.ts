import { refuse } from '../shared/errors.ts';

/** UTF-16 units of one comment. */
export const COMMENT_CHARS_MAX = 32_768;
/** Comments of one incident that people may add; state changes are always written. */
export const COMMENTS_MAX = 10_000;
/** UTF-16 units of all of them together. */
export const COMMENTS_CHARS_MAX = 8 * 1024 * 1024;

// Control characters but tab and line breaks: they have no place in text and play tricks on terminals and logs.
// Direction marks stay: text written from right to left needs them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this pattern looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The comment as it is kept. @throws AppError `COMMENT_*` (kind `refused`) */
export function checkComment(text: string): string {
  if (text.trim() === '') throw refuse('COMMENT_EMPTY', 'Comment must not be empty');
  if (text.length > COMMENT_CHARS_MAX) {
    throw refuse(
      'COMMENT_TOO_LONG',
      `Comment is ${text.length} characters long, at most ${COMMENT_CHARS_MAX} are allowed`,
    );
  }
  const control = CONTROL.exec(text);
  if (control !== null) {
    const code = text.charCodeAt(control.index).toString(16).toUpperCase().padStart(4, '0');
    throw refuse(
      'COMMENT_CONTROL_CHARACTER',
      `Comment holds the control character U+${code} at position ${control.index}; only tab and line breaks are allowed`,
    );
  }
  const lone = LONE_SURROGATE.exec(text);
  if (lone !== null) {
    throw refuse('COMMENT_NOT_UNICODE', `Comment holds half a character at position ${lone.index}`);
  }
  return text;
}
