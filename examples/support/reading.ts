import { batches, type Dataset } from 'spine-xray-ml';
import type { Bar } from './terminal.js';

/** Reads every film once, so that one that cannot be read is met before any training. */
export async function readAll(dataset: Dataset, progress: Bar): Promise<void> {
  let done = 0;
  for await (const { ids } of batches(dataset, { batchSize: 8 })) {
    done += ids.length;
    progress.show('reading', done, dataset.length);
  }
  progress.clear();
}
