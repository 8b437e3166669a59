"""The simulated Telenor ID, an OpenID provider: OpenID Connect Core and Discovery, RFC 6749, 6750, 7636, 9207.

`memory` remembers, `people` says who can sign in, `authorization` judges what a browser brings, `signing` signs,
`face` is what servers ask. The pages where a person signs in are with the other pages.

It takes what is safe and nothing else: the code flow with PKCE (S256), one client, one redirect URI, whole.
"""
