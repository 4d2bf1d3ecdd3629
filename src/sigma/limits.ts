/** Every limit of the import of Sigma rules. What goes over one is refused with its name and number in the report. */

/** Bytes of one rule file; the largest of the public rules has 40 kB. */
export const FILE_BYTES_MAX = 2 * 1024 * 1024;
export const DOCUMENTS_PER_FILE_MAX = 1_000;
/** Maps, lists and values of one document, counted again wherever an alias repeats them. */
export const NODES_PER_DOCUMENT_MAX = 100_000;
export const ALIASES_PER_DOCUMENT_MAX = 100;
export const DEPTH_MAX = 32;
/** Parts of one condition text, and how deep its parentheses and `not` nest. */
export const CONDITION_TOKENS_MAX = 2_000;
export const CONDITION_DEPTH_MAX = 64;
/** Values that one value may become (dashes, offsets, placeholders). */
export const EXPANDED_VALUES_MAX = 10_000;
/** Leaves of a compiled rule. */
export const LEAVES_MAX = 200_000;
/** Combinations of selections that `2 of …` and the like are written out to. */
export const COMBINATIONS_MAX = 5_000;
/** Bytes of an archive of rules, packed and unpacked, and its files. */
export const ARCHIVE_BYTES_MAX = 64 * 1024 * 1024;
export const ARCHIVE_UNPACKED_BYTES_MAX = 256 * 1024 * 1024;
export const RULE_FILES_MAX = 100_000;
