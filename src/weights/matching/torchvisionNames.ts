/**
 * The names that torchvision gives today to the tensors of a state dict in torch naming: of older files of its own
 * (DenseNet), of timm (EfficientNet, the one network of ours that timm names otherwise), and of models that were
 * trained in parallel.
 *
 * @returns given name → current name
 */
export function currentNames(names: readonly string[]): ReadonlyMap<string, string> {
  const parallel = names.every((name) => name.startsWith('module.'));
  const plain = names.map((name) => (parallel ? name.slice('module.'.length) : name));
  const rename = plain.includes('conv_stem.weight') ? efficientNetNames(new Set(plain)) : densenetName;
  return new Map(names.map((name, index) => [name, rename(plain[index]!)]));
}

/** torchvision once nested the layers of a dense layer one level deeper, as `norm.1`; its official files still do. */
function densenetName(name: string): string {
  return name.replace(/(\.denselayer\d+\.(?:norm|relu|conv))\.([12]\.)/, '$1$2');
}

/**
 * timm's modules of a block in torchvision's numbering: a block expands its channels first, those of stage 0 do not.
 */
const expanding: Readonly<Record<string, string>> = {
  conv_pw: '0.0',
  bn1: '0.1',
  conv_dw: '1.0',
  bn2: '1.1',
  'se.conv_reduce': '2.fc1',
  'se.conv_expand': '2.fc2',
  conv_pwl: '3.0',
  bn3: '3.1',
};
const notExpanding: Readonly<Record<string, string>> = {
  conv_dw: '0.0',
  bn1: '0.1',
  'se.conv_reduce': '1.fc1',
  'se.conv_expand': '1.fc2',
  conv_pw: '2.0',
  bn2: '2.1',
};

function efficientNetNames(all: ReadonlySet<string>): (name: string) => string {
  const stages = Math.max(-1, ...[...all].map((name) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1))) + 1;
  const outside: Readonly<Record<string, string>> = {
    conv_stem: 'features.0.0',
    bn1: 'features.0.1',
    conv_head: `features.${stages + 1}.0`,
    bn2: `features.${stages + 1}.1`,
    classifier: 'classifier.1',
  };
  return (name) => {
    const [, block, stage, index, inner = '', variable = ''] =
      /^(?:(blocks\.(\d+)\.(\d+))\.)?(.+)\.(\w+)$/.exec(name) ?? [];
    if (block === undefined) return Object.hasOwn(outside, inner) ? `${outside[inner]}.${variable}` : name;
    const numbering = all.has(`${block}.conv_pwl.weight`) ? expanding : notExpanding;
    return Object.hasOwn(numbering, inner)
      ? `features.${Number(stage) + 1}.${index}.block.${numbering[inner]}.${variable}`
      : name;
  };
}
