/** Where a command writes, and where it asks; tests hand in their own. */
import { createInterface } from 'node:readline/promises';

export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Messages for the person at the keyboard. */
  err(text: string): void;
  /** One line of the person's; absent where nobody sits at a keyboard. Rejects when the input ends. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** Asks on a pair of streams. */
export function asker(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): (question: string) => Promise<string> {
  return async (question) => {
    const lines = createInterface({ input, output });
    const ended = new Promise<never>((_, reject) => {
      lines.once('close', () => reject(new Error('the input ended before there was an answer')));
    });
    try {
      return await Promise.race([lines.question(question), ended]);
    } finally {
      lines.close();
    }
  };
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  // Looked at only by who wants to ask: touching standard input opens it.
  get ask() {
    const interactive = process.stdin.isTTY === true && process.stderr.isTTY === true;
    return interactive ? asker(process.stdin, process.stderr) : undefined;
  },
};
