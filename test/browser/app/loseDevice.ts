import * as tf from '@tensorflow/tfjs-core';

/** Takes the graphics card from the current backend, as a driver that fails, or a card that is put to sleep. */
export function loseDevice(): void {
  const { gpgpu, device } = tf.backend() as unknown as {
    gpgpu?: { gl: WebGL2RenderingContext };
    device?: { destroy(): void };
  };
  gpgpu?.gl.getExtension('WEBGL_lose_context')?.loseContext();
  device?.destroy();
}
