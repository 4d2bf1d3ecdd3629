/** Every limit of the ingest pipeline. What goes over one is refused or cut, counted, and named on the event or in the answer. */

/** Compressed or plain bytes of one request. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes a compressed body may unfold to. */
export const BODY_UNPACKED_BYTES_MAX = 128 * 1024 * 1024;
/** One line, datagram or array element; a longer one goes to the dead letters. */
export const LINE_BYTES_MAX = 1024 * 1024;
/** One journal frame holds at most this many bytes of lines (or one line) and this many lines. */
export const FRAME_BYTES_MAX = 1024 * 1024;
export const FRAME_RECORDS_MAX = 4096;
/** Levels of objects and arrays in a JSON line. */
export const JSON_DEPTH_MAX = 32;
export const FIELD_COUNT_MAX = 256;
export const FIELD_NAME_LENGTH_MAX = 128;
/** UTF-16 units of one value. */
export const FIELD_VALUE_LENGTH_MAX = 32_768;
/** UTF-16 units of `msg`. */
export const MSG_LENGTH_MAX = 65_536;
/** UTF-16 units of the original line that a dead letter shows. */
export const DEAD_LETTER_LINE_LENGTH_MAX = 8_192;
/** Rejections that an answer lists; all are counted. */
export const REJECTIONS_LISTED_MAX = 10;

/** Own times outside are not believed: the time of receipt is taken and the event says so. */
export const EVENT_TIME_MIN_MS = Date.UTC(2000, 0, 1);
export const EVENT_AHEAD_MS_MAX = 24 * 3600 * 1000;

export const JOURNAL_BYTES_MAX_DEFAULT = 4 * 1024 * 1024 * 1024;
export const JOURNAL_SEGMENT_BYTES_DEFAULT = 64 * 1024 * 1024;
/** Bytes that wait for the disk; more is refused with `overloaded`. */
export const JOURNAL_PENDING_BYTES_MAX = 64 * 1024 * 1024;
export const JOURNAL_RETRY_AFTER_SECONDS = 5;
export const DISK_FULL_RETRY_AFTER_SECONDS = 30;

export const BATCH_EVENTS_MAX = 8_192;
export const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** How long the first event of a batch waits for company. */
export const BATCH_LINGER_MS = 150;
/** The same for rules, which wait for nothing else: an incident is to follow its event at once. */
export const RULES_LINGER_MS = 15;
/** A reader whose receiver remembers what it has writes its own place down this often. */
export const PLACE_SAVED_EVERY_MS = 1_000;
/** Batches on their way at a time: one is being written while the next is prepared. */
export const BATCHES_IN_FLIGHT_MAX = 2;
/** Raw bytes of decoded events kept in memory for the batcher; beyond, it reads them back from the journal. */
export const TAIL_BYTES_MAX = 32 * 1024 * 1024;
/** First and longest pause between tries of a delivery. */
export const RETRY_MS_FIRST = 100;
export const RETRY_MS_MAX = 5_000;

export const SYSLOG_CONNECTIONS_MAX = 1024;
/** How long datagrams gather before they are journalled together. */
export const SYSLOG_LINGER_MS = 5;
/** Bytes of datagrams that wait for the journal; more is dropped and counted. */
export const UDP_WAITING_BYTES_MAX = 16 * 1024 * 1024;
/** Pause before a TCP sender's lines are offered again to a journal that refused them. */
export const TCP_RETRY_MS = 500;
