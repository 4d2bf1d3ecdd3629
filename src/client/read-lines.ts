/** The lines of a body as they come. A reader that stops early cancels the answer. */
export async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  // Not `for await` over the stream: not every browser has it.
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const pieces = (rest + decoder.decode(value, { stream: !done })).split('\n');
      rest = pieces.pop() ?? '';
      yield* pieces.map((piece) => piece.replace(/\r$/, ''));
      if (done) {
        if (rest !== '') yield rest;
        return;
      }
    }
  } finally {
    // Also where the answer has ended or broken off; there is nothing to cancel then.
    await reader.cancel().catch(() => undefined);
  }
}
