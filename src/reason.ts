/** An error's message as the end of a sentence: its lines once each, no final full stop. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split('\n').map((line) => line.trim().replace(/\.$/, ''));
  return [...new Set(lines)].filter((line) => line !== '').join('; ');
}
