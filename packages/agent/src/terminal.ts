/** Where a command writes; tests hand in their own. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Messages for the person at the keyboard. */
  err(text: string): void;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};
