// @vitest-environment node
import { expect, it } from 'vitest'
import { Problem, type Code } from '@/api/problems'
import { because, inWords } from '@/upload/because'
import { faultOf, refusalOf, storeFault, type Way } from '@/upload/faults'
import type { Cause } from '@/upload/entry'
import { xml } from './world'

it.each<[number, string, Cause, Way]>([
  [412, 'PreconditionFailed', 'other', 'arrived'],
  [403, 'AccessDenied', 'denied', 'sign'],
  [403, 'RequestTimeTooSkewed', 'denied', 'sign'],
  [403, 'SignatureDoesNotMatch', 'denied', 'sign'],
  [400, 'ExpiredToken', 'denied', 'sign'],
  [400, 'BadDigest', 'damaged', 'sign'],
  [400, 'XAmzContentSHA256Mismatch', 'damaged', 'sign'],
  [400, 'EntityTooLarge', 'too_big', 'never'],
  [404, 'NoSuchUpload', 'interrupted', 'restart'],
  [400, 'InvalidPart', 'interrupted', 'restart'],
  [400, 'RequestTimeout', 'network', 'again'],
  [409, 'ConditionalRequestConflict', 'busy', 'again'],
  [503, 'SlowDown', 'busy', 'again'],
  [500, 'InternalError', 'busy', 'again'],
])('S3 responds %i %s: %s, and what to do is: %s', (status, code, cause, way) => {
  const fault = storeFault(status, xml(status, code).body)
  expect([fault.reason.cause, fault.way]).toEqual([cause, way])
})

it.each<[number, Cause, Way]>([
  [403, 'denied', 'sign'],
  [412, 'other', 'arrived'],
  [413, 'too_big', 'never'],
  [429, 'busy', 'again'],
  [502, 'busy', 'again'],
])('the store responds %i without a body: %s, %s', (status, cause, way) => {
  const fault = storeFault(status, '')
  expect([fault.reason.cause, fault.way]).toEqual([cause, way])
})

it('what else the store responds is passed on in its own words', () => {
  const fault = storeFault(404, xml(404, 'NoSuchBucket', 'The bucket does not exist').body)
  expect(fault.way).toBe('never')
  expect(inWords(fault.reason)).toBe('The store refused the file: The bucket does not exist')
})

it.each<[Code, Cause, Way]>([
  ['network', 'network', 'again'],
  ['expired', 'other', 'hold'],
  ['unauthorized', 'forbidden', 'never'],
  ['forbidden', 'forbidden', 'never'],
  ['invalid', 'other', 'never'],
  ['not_found', 'interrupted', 'restart'],
  ['conflict', 'busy', 'again'],
  ['too_large', 'too_big', 'never'],
  ['too_many', 'quota', 'never'],
  ['throttled', 'busy', 'again'],
  ['unavailable', 'busy', 'again'],
  ['internal', 'busy', 'again'],
])('the API’s problem %s: %s, %s', (code, cause, way) => {
  const fault = faultOf(new Problem(code))
  expect([fault.reason.cause, fault.way]).toEqual([cause, way])
})

it.each([
  [
    'bytes must be at most 5000000000, the limit of a day',
    'The file is larger than 5 GB, the limit of a day.',
  ],
  [
    'name must be a file name without folders or control characters',
    'The name cannot be used. Rename the file and choose it again.',
  ],
  [
    'name must have at most 800 bytes',
    'The name cannot be used. Rename the file and choose it again.',
  ],
  ['colour must be grey', 'Colour must be grey.'],
])('the API refuses a file with "%s"', (error, sentence) => {
  expect(inWords(refusalOf(error))).toBe(sentence)
})

it.each([
  [
    { rule: 'quality.min_sharpness', value: 31.26, limit: 40 },
    'Sharpness is 31.3, and must be at least 40.',
  ],
  [
    { rule: 'moderation.hold', name: 'Alcohol', value: 61.5, limit: 50 },
    'Alcohol is 61.5 %, and must be below 50 %.',
  ],
  [{ rule: 'review', note: 'Out of focus' }, 'Out of focus'],
  [{ rule: 'review' }, 'A reviewer decided so.'],
  [{ rule: 'something.new' }, 'The rule something.new.'],
])('the pipeline’s reason %o in words', (reason, sentence) => {
  expect(because({ failure: null, reasons: [reason] })).toBe(sentence)
})

it('a picture that could not be read has the failure’s own words', () => {
  const failure = { stage: 'resize', code: 'truncated', message: 'the file ends too early' }
  expect(because({ failure, reasons: [] })).toBe('The file ends too early.')
})

it('nothing is said where there is no reason', () => {
  expect(because({ failure: null, reasons: [] })).toBe('')
})
