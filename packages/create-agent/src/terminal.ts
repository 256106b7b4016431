/** Where the command writes, and where it asks. */
import { createInterface } from 'node:readline/promises';
import { FlagError } from './flags.ts';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Absent where nobody sits at a keyboard. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  get ask() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true ? askPerson : undefined;
  },
};

async function askPerson(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<never>((_, reject) => {
    lines.once('close', () => reject(new FlagError('the input ended before there was an answer')));
  });
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}
