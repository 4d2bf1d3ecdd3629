import { AppError } from '../shared/errors.ts';

export const NAME_CHARS_MAX = 100;

/** C0 and C1 controls, and the marks that turn the direction of text, lone surrogates: what makes one name look like another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Surrogate}]/u;

export const hasUnprintable = (text: string): boolean => UNPRINTABLE.test(text);

/** The form in which a name is unique: compatibility-normalised lower case. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase();

/** A name without outer blanks. @throws AppError `NAME_INVALID` */
export function readName(text: string, what: string): string {
  const name = text.trim();
  if (name.length === 0 || name.length > NAME_CHARS_MAX || hasUnprintable(name)) {
    throw new AppError(
      'invalid',
      'NAME_INVALID',
      `the ${what} must have 1 to ${NAME_CHARS_MAX} printable characters, got ${JSON.stringify(text.slice(0, NAME_CHARS_MAX))}`,
    );
  }
  return name;
}
