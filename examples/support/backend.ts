import { SpineError, useBackend } from 'spine-xray-ml';
import { useWasmThreads, type WasmBackendPackage } from 'spine-xray-ml/node';

const packages: Readonly<Record<string, string>> = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};

/** Imports the backend's package, which registers it, and starts it; wasm on several threads where that is asked. */
export async function startBackend(name: string, threads?: number): Promise<string> {
  const packageName = packages[name];
  if (packageName === undefined) {
    throw new SpineError(
      'backend-not-registered',
      `--backend is one of ${Object.keys(packages).join(', ')}, got "${name}".`,
    );
  }
  if (threads !== undefined && name !== 'wasm') {
    throw new SpineError('invalid-argument', `--threads is for the wasm backend, not for ${name}.`);
  }
  let imported: unknown;
  try {
    imported = await import(packageName);
  } catch (cause) {
    throw new SpineError(
      'dependency-missing',
      `The ${name} backend needs the package ${packageName}. Install it, or see docs/backends.md.`,
      { cause, details: { package: packageName } },
    );
  }
  if (threads === undefined) await useBackend(name);
  else await useWasmThreads(imported as WasmBackendPackage, { threads });
  return name;
}
