// Checks as JSON lines on stdout, and a person who presses a button on the provider's page.

import assert from 'node:assert/strict'

export async function check(name, run) {
  try {
    await run()
    report(name, true)
  } catch (error) {
    report(name, false, `${error?.code ?? ''} ${error?.error ?? ''} ${error?.message ?? error}`.trim())
  }
}

function report(name, ok, detail = '') {
  process.stdout.write(JSON.stringify({ name, ok, detail }) + '\n')
}

// The OAuth error that a call of openid-client ends with, whether it came by redirect, body or challenge.
export async function refusal(run) {
  try {
    await run()
  } catch (error) {
    return error.error ?? error.cause?.[0]?.parameters?.error ?? error.cause?.error ?? error.code
  }
  assert.fail('was not refused')
}

// A browser with one cookie jar, for one origin.
export class Browser {
  #cookies = new Map()

  async fetch(url, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { ...options, redirect: 'manual', headers: { ...options.headers, ...(cookie && { cookie }) } })
    for (const header of response.headers.getSetCookie()) {
      const [name, value] = header.split(';')[0].split('=')
      this.#cookies.set(name, value)
    }
    return response
  }

  // The address that the client gets back: after pressing the persona's button, or at once where no page comes.
  async choose(url, persona) {
    const page = await this.fetch(url)
    if (page.status === 303) return new URL(page.headers.get('location'))
    assert.equal(page.status, 200, `page: ${page.status}`)
    const html = await page.text()
    const request = html.match(/name="request" value="([^"]+)"/)[1]
    assert.ok(html.includes(`value="${persona}"`), 'the persona is on the page')
    const body = new URLSearchParams({ request, persona })
    const answer = await this.fetch(new URL('/login', url), { method: 'POST', body })
    assert.equal(answer.status, 303, 'a redirect is a 303')
    return new URL(answer.headers.get('location'))
  }
}
