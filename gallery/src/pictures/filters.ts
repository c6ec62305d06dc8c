/** Filters, as the address of the page and of the API have them. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Status } from '@/api/client'

export interface Condition {
  field: 'status' | 'label' | 'camera'
  value: string
  excluded: boolean
}

export interface Filters {
  conditions: Condition[]
  from: string
  to: string
}

/** What the API takes: words with commas between. */
export interface Query {
  status?: string
  label?: string
  camera?: string
  '-status'?: string
  '-label'?: string
  '-camera'?: string
  from?: string
  to?: string
}

const FIELDS = ['status', 'label', 'camera'] as const
export const STATUSES: Status[] = ['ready', 'received', 'processing', 'held', 'rejected', 'failed']
/** As the API reads it. */
const DAY = /^\d{4}-(0[1-9]|1[0-2])-[0-3]\d$/

export function filtersOf(query: LocationQuery): Filters {
  const conditions: Condition[] = []
  for (const field of FIELDS)
    for (const excluded of [false, true])
      for (const value of split(query[excluded ? `-${field}` : field]))
        if (field !== 'status' || STATUSES.includes(value as Status))
          conditions.push({ field, value, excluded })
  return { conditions, from: dayOf(query.from), to: dayOf(query.to) }
}

export function queryOf(filters: Filters): Query {
  const query: Query = {}
  for (const { field, value, excluded } of filters.conditions) {
    const name = excluded ? (`-${field}` as const) : field
    query[name] = query[name] ? `${query[name]},${value}` : value
  }
  if (filters.from) query.from = filters.from
  if (filters.to) query.to = filters.to
  return query
}

/** The filters with one more condition; it replaces the same one with the other sign. */
export function withCondition(filters: Filters, added: Condition): Filters {
  return { ...filters, conditions: [...withoutCondition(filters, added).conditions, added] }
}

export function withoutCondition(filters: Filters, removed: Condition): Filters {
  const same = (each: Condition): boolean =>
    each.field === removed.field && each.value.toLowerCase() === removed.value.toLowerCase()
  return { ...filters, conditions: filters.conditions.filter((each) => !same(each)) }
}

/** Without conditions on the state, for a list that has ready pictures alone. */
export function readyOnly(filters: Filters): Filters {
  return { ...filters, conditions: filters.conditions.filter(({ field }) => field !== 'status') }
}

export function isEmpty(filters: Filters): boolean {
  return !filters.conditions.length && !filters.from && !filters.to
}

/** The address's query with these filters in place of the ones before, everything else kept. */
export function addressOf(before: LocationQuery, filters: Filters): LocationQueryRaw {
  const others = Object.entries(before).filter(
    ([name]) => !['from', 'to'].includes(name) && !FIELDS.some((each) => name.endsWith(each)),
  )
  return { ...Object.fromEntries(others), ...queryOf(filters) }
}

function split(value: LocationQuery[string] | undefined): string[] {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return [...new Set(text.split(',').map((each) => each.trim()))].filter(Boolean)
}

function dayOf(value: LocationQuery[string] | undefined): string {
  return typeof value === 'string' && DAY.test(value) ? value : ''
}
