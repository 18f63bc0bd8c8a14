import type { Page } from '../page/page.ts'
import { lambdaPage } from '../pages/lambda.ts'
import { mapPage } from '../pages/map.ts'
import { nowPage } from '../pages/now.ts'
import { qualityPage } from '../pages/quality.ts'
import { sqlPage } from '../pages/sql.ts'

/** In the order of their tabs. If the address names no page, the first one is shown. */
export const pages: readonly [Page, ...Page[]] = [nowPage, mapPage, lambdaPage, qualityPage, sqlPage]
