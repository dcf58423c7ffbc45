/** What a file must hash to. */
export interface WeightChecksum {
  readonly algorithm: 'md5' | 'sha256';
  /** Hexadecimal, whole. Of a sha256 its first 8 digits do where the file's name carries them, as torchvision's do. */
  readonly value: string;
}
