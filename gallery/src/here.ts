/** What every view needs, by `inject`. */
import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { inject, type InjectionKey } from 'vue'
import { of, type Api, type Me } from '@/api/client'
import type { Config } from '@/config'
import type { Session } from '@/session/session'

export interface Here {
  config: Config
  session: Session
  api: Api
  /** Resolves once the first view shows something, or has kept waiting: time for what comes after. */
  shown: Promise<void>
}

export const HERE: InjectionKey<Here> = Symbol('here')

export function useHere(): Here {
  const here = inject(HERE)
  if (!here) throw new Error('useHere needs the app')
  return here
}

const ME_MS = 60_000

/** Its response sets the cookies that pictures need where people have to sign in for them. */
export function meQuery(api: Api) {
  return { queryKey: ['me'], queryFn: () => of(api.GET('/api/me')), staleTime: ME_MS }
}

/** Who the person is and what they may do; asked for again with every minute that goes by. */
export function useMe(): UseQueryReturnType<Me, Error> {
  const { api } = useHere()
  return useQuery({ ...meQuery(api), refetchInterval: ME_MS })
}

const WAITING_MS = 60_000

/** How many pictures wait for a reviewer, a hundred at most; undefined for everyone else. */
export function useWaiting(): UseQueryReturnType<number, Error> {
  const { api } = useHere()
  const { data: me } = useMe()
  return useQuery({
    queryKey: ['waiting'],
    queryFn: async () =>
      (await of(api.GET('/api/review', { params: { query: { limit: 100 } } }))).pictures.length,
    enabled: () => !!me.value?.reviewer,
    staleTime: WAITING_MS,
    refetchInterval: WAITING_MS,
  })
}
