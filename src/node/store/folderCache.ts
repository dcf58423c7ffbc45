import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { ByteStore } from '../../store/index.js';
import { folderStore } from './folderStore.js';

/**
 * Where `fetchWeights` of `spine-xray-ml/node` keeps files unless told otherwise: `folderStore` over `spine-xray-ml` in
 * the user's cache folder, which is `$XDG_CACHE_HOME` or else `~/.cache` (macOS: `~/Library/Caches`, Windows:
 * `%LOCALAPPDATA%`). Made when it is first written to.
 */
export const folderCache = (): ByteStore => folderStore(join(userCacheFolder(), 'spine-xray-ml'));

function userCacheFolder(): string {
  // The standard has relative paths ignored.
  const chosen = process.env['XDG_CACHE_HOME'];
  if (chosen && isAbsolute(chosen)) return chosen;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}
