import { of, type Api } from '@/api/client'

/** Save the original of a picture: its address is good for five minutes, and names the file. */
export async function download(api: Api, image_id: string): Promise<void> {
  const params = { path: { image_id } }
  const { url } = await of(api.GET('/api/pictures/{image_id}/original', { params }))
  saveAs(url, '')
}

/** Have the browser save what is at the address; another origin's name of the file goes first. */
export function saveAs(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
