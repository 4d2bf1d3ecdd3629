/** A text as a list: the items of a JSON array, else the text alone. Undefined for nothing. */
export function listOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  return itemsOf(text) ?? [text];
}

/** The items of a JSON array, texts as they are and all else as JSON; null for any other text. */
export function itemsOf(text: string): readonly string[] | null {
  if (!text.trimStart().startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(itemText) : null;
  } catch {
    return null;
  }
}

const itemText = (item: unknown): string => (typeof item === 'string' ? item : JSON.stringify(item));

/** A list as a text, which reads as that list again. */
export const listText = (items: readonly string[]): string => JSON.stringify(items);
