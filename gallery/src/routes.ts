/** The page's addresses. Filters are in the query: the address is the state. */
import { createRouter, createWebHistory, type Router } from 'vue-router'
import Pictures from '@/pictures/Pictures.vue'
import { wait } from '@/pictures/removal'

export function routes(): Router {
  return createRouter({
    history: createWebHistory(),
    routes: [
      {
        path: '/',
        name: 'pictures',
        // In a task of its own, as what is around it takes one too.
        component: () => wait(0).then(() => Pictures),
        // The grid stays in place under the picture that was opened from it.
        children: [
          {
            path: 'pictures/:id([0-9a-f]{32})',
            name: 'picture',
            component: () => import('@/viewer/Viewer.vue'),
          },
        ],
      },
      {
        path: '/search',
        name: 'search',
        component: () => import('@/search/Search.vue'),
        children: [
          {
            path: 'pictures/:id([0-9a-f]{32})',
            name: 'found',
            component: () => import('@/viewer/Viewer.vue'),
          },
        ],
      },
      {
        path: '/best',
        name: 'best',
        component: () => import('@/pictures/Best.vue'),
        children: [
          {
            path: 'pictures/:id([0-9a-f]{32})',
            name: 'best-picture',
            component: () => import('@/viewer/Viewer.vue'),
          },
        ],
      },
      { path: '/review', name: 'review', component: () => import('@/review/Review.vue') },
      {
        path: '/duplicates',
        name: 'duplicates',
        component: () => import('@/duplicates/Duplicates.vue'),
      },
      { path: '/trash', name: 'trash', component: () => import('@/trash/Trash.vue') },
      { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/parts/Nowhere.vue') },
    ],
  })
}
