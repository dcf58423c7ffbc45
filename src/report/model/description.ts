import type { Stage } from '../../training/index.js';

/** One layer, as data. */
export interface LayerDescription {
  readonly name: string;
  /** Class name, such as 'SeparableConv2D'. */
  readonly type: string;
  /** With the batch axis first; null where an axis is free. */
  readonly outputShape: readonly (number | null)[];
  /** Numbers the layer holds in all. */
  readonly parameters: number;
  /** Of these, moving statistics, which no gradient trains. Default 0. */
  readonly statistics?: number;
  /** What else to say of it: '128 units, relu'. */
  readonly detail?: string;
  /** Place in the order in which the model calls its layers. Default: as listed. */
  readonly order?: number;
}

/** Layers that are drawn as one box. */
export interface ModelBlock {
  readonly name: string;
  readonly detail?: string;
  /** Whether the block belongs to the classifier on top of the backbone: what a 'head' stage trains. Default false. */
  readonly head?: boolean;
  readonly layers: readonly LayerDescription[];
}

/** A model, as data: what the report draws. */
export interface ModelDescription {
  readonly name?: string;
  readonly blocks: readonly ModelBlock[];
}

/** A layer with the names of the layers it reads from. */
export interface ConnectedLayer extends LayerDescription {
  readonly inputs: readonly string[];
}

/** What a stage trains, and how it is called. */
export interface DiagramStage {
  readonly name: string;
  readonly unfreeze: Stage['unfreeze'];
}
