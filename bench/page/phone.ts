/** What a phone transfers of a grid of pictures: `node phone.ts <address> <chromium> <count>`, run by
 * `bench.on_demand`. Prints one JSON object: for each visit the bytes of all pictures, how many were
 * in sizes on demand, and how many of those were refused. */
import { createRequire } from "node:module";

const { chromium } = createRequire(
  new URL("../../gallery/package.json", import.meta.url),
)("@playwright/test");
const [address, executablePath, count] = process.argv.slice(2);
const STEP = 300;

interface Visit {
  pictures: number;
  bytes: number;
  sized: number;
  refused: number;
}

const browser = await chromium.launch({ executablePath });

/** Everything from the top to the bottom, by a browser that has been there never before. */
async function visit(onDemand: boolean): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 3,
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  if (!onDemand)
    await page.route("**/config.json", async (route: any) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        json: { ...(await response.json()), onDemand: null },
      });
    });
  const files: Promise<[string, number]>[] = [];
  let refused = 0;
  page.on("response", (response: any) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith("/i/")) return;
    if (response.ok())
      files.push(
        response
          .body()
          .then((body: Buffer) => [pathname, body.length] as const),
      );
    else refused++;
  });
  await page.goto(address);
  await page.getByRole("button", { name: "ann" }).click();
  await page.locator(".tile img.loaded").first().waitFor();
  const pictures = new Set<string>();
  for (let top = 0, end = false; !end; top += STEP) {
    await page.waitForFunction(
      () =>
        !document.querySelector(".tile img:not(.loaded)") &&
        document.querySelector(".tile"),
    );
    for (const id of await page.locator(".tile").evaluateAll(idsOf))
      pictures.add(id);
    end = await page.evaluate(
      (top: number) => (
        scrollTo(0, top),
        top > document.documentElement.scrollHeight
      ),
      top + STEP,
    );
    await page.waitForTimeout(100);
  }
  const loaded = await Promise.all(files);
  await context.close();
  return {
    pictures: pictures.size,
    bytes: loaded.reduce((sum, [, bytes]) => sum + bytes, 0),
    sized: loaded.filter(([name]) => /\/[0-9][^/]*$/.test(name)).length,
    refused,
  };
}

function idsOf(tiles: HTMLElement[]): string[] {
  return tiles.map((tile) => tile.dataset.id!);
}

const visits = {
  ahead: await visit(false),
  first: await visit(true),
  again: await visit(true),
};
await browser.close();
for (const [name, { pictures }] of Object.entries(visits))
  if (pictures !== Number(count))
    throw new Error(`${name}: ${pictures} of ${count} pictures`);
console.log(JSON.stringify(visits));
