import { SpineError, useBackend } from 'spine-xray-ml';

const packages: Readonly<Record<string, string>> = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};

/** Imports the backend's package, which registers it, and starts it. */
export async function startBackend(name: string): Promise<string> {
  const packageName = packages[name];
  if (packageName === undefined) {
    throw new SpineError('backend-not-registered', `--backend is one of ${Object.keys(packages).join(', ')}, got "${name}".`);
  }
  try {
    await import(packageName);
  } catch (cause) {
    throw new SpineError('dependency-missing', `The ${name} backend needs the package ${packageName}. Install it, or see docs/backends.md.`, { cause });
  }
  await useBackend(name);
  return name;
}
