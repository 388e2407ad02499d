"""Checks tokens with nothing but the public keys: one token a line on stdin, its claims or null a line on stdout."""
import json
import sys

import jwt

url, issuer, audience = sys.argv[1:]
keys = jwt.PyJWKClient(url, cooldown_duration=0)
algorithms = ["EdDSA", "ES256", "ES512", "RS256", "PS256"]
for line in sys.stdin:
    token = line.strip()
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms, audience=audience, issuer=issuer)
    except jwt.PyJWTError as error:
        print(error, file=sys.stderr)
        claims = None
    print(json.dumps(claims), flush=True)
