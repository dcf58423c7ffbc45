import { isSpineError } from 'spine-xray-ml';

/** Runs the work; where it fails for a reason the user can mend, prints that reason alone and exits with 1. */
export async function explainingErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isUsage =
      error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    if (!isSpineError(error) && !isUsage) throw error;
    console.error(`${isSpineError(error) ? error.code : 'invalid-argument'}: ${error.message}`);
    process.exitCode = 1;
  }
}
