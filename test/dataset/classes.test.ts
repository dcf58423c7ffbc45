import { classNames, sampleGroup, selectClasses } from 'spine-xray-ml';
import { describe, expect, it } from 'vitest';
import { labelIndices } from '../../src/dataset/classes.js';
import { idsOf, sample } from './samples.js';

const dataset = [
  sample('1', 'scoliosis'),
  sample('2', 'normal'),
  sample('3'),
  sample('4', 'spondylolisthesis'),
  sample('5', 'normal'),
];

const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('classes', () => {
  it('classNames are the labels, sorted, each once', () => {
    expect(classNames(dataset)).toEqual(['normal', 'scoliosis', 'spondylolisthesis']);
    expect(classNames([])).toEqual([]);
  });

  it('selectClasses keeps the order of the samples, whatever the order of the classes', () => {
    expect(idsOf(selectClasses(dataset, ['scoliosis', 'normal']))).toEqual(['1', '2', '5']);
    expect(idsOf(selectClasses(dataset, ['spondylolisthesis', 'normal']))).toEqual(['2', '4', '5']);
    expect(idsOf(selectClasses(dataset, classNames(dataset)))).toEqual(['1', '2', '4', '5']);
  });

  it('selectClasses refuses classes that are not there, listing those that are', () => {
    expect(() => selectClasses(dataset, ['normal', 'kyphosis'])).toThrow(
      refused('unknown-label', /"kyphosis".*"normal", "scoliosis"/),
    );
    expect(() => selectClasses([sample('a')], ['normal'])).toThrow(refused('unknown-label', /no labels/));
    expect(() => selectClasses(dataset, [])).toThrow(refused('invalid-argument', /empty/));
    expect(() => selectClasses(dataset, ['normal', 'normal'])).toThrow(
      refused('invalid-argument', /"normal" more than once/),
    );
  });

  it('labelIndices follow the given order; −1 is no label', () => {
    expect([...labelIndices(dataset, ['spondylolisthesis', 'scoliosis', 'normal'])]).toEqual([1, 2, -1, 0, 2]);
    expect(() => labelIndices(dataset, ['normal', 'scoliosis'])).toThrow(
      refused('unknown-label', /"4".*"spondylolisthesis"/),
    );
  });
});

describe('sampleGroup', () => {
  it('is the group, else the source, else the id', () => {
    expect(sampleGroup(sample('a', 'normal', { group: 'p', source: 's' }))).toBe('p');
    expect(sampleGroup(sample('a', 'normal', { source: 's' }))).toBe('s');
    expect(sampleGroup(sample('a', 'normal'))).toBe('a');
  });
});
