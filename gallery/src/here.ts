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
}

export const HERE: InjectionKey<Here> = Symbol('here')

export function useHere(): Here {
  const here = inject(HERE)
  if (!here) throw new Error('useHere needs the app')
  return here
}

const ME_MS = 60_000

/** Who the person is and what they may do; asked for again with every minute that goes by. */
export function useMe(): UseQueryReturnType<Me, Error> {
  const { api } = useHere()
  return useQuery({
    queryKey: ['me'],
    queryFn: () => of(api.GET('/api/me')),
    staleTime: ME_MS,
    refetchInterval: ME_MS,
  })
}
