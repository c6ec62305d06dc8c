/** The list that the page opens with: it is asked for before there is a view to show it. */
import { watch } from 'vue'
import type { LocationQuery } from 'vue-router'
import type { Api } from '@/api/client'
import { listDays, type Days } from './days'
import { filtersOf, queryOf, type Query } from './filters'

let ahead: { query: string; list: Days } | undefined

/** Ask for the list that this address shows; resolves once there is something to show of it. */
export function listAhead(api: Api, address: LocationQuery): Promise<void> {
  const query = queryOf(filtersOf(address))
  const list = listAnew(api, query)
  ahead = { query: JSON.stringify(query), list }
  return new Promise((done) =>
    watch(
      () => !!(list.days.value.length || list.complete.value || list.failure.value),
      () => done(),
      { once: true },
    ),
  )
}

/** The list that was asked for ahead, once and only if it is the one that is wanted, else a new
 * one; either way it has been asked for. */
export function listNow(api: Api, query: Query): Days {
  const known = ahead?.query === JSON.stringify(query) ? ahead.list : undefined
  ahead = undefined
  return known ?? listAnew(api, query)
}

function listAnew(api: Api, query: Query): Days {
  const list = listDays(api, query)
  void list.refresh()
  return list
}
