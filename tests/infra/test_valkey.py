"""The embedded Valkey comes back at the same address."""

import redis

from infra.embedded.valkey import Valkey


def test_it_can_die_and_start_again(own_valkey: Valkey) -> None:
    with redis.Redis.from_url(own_valkey.url) as client:
        client.set("key", "value")
    own_valkey.kill()
    own_valkey.start()
    with redis.Redis.from_url(own_valkey.url) as client:
        assert client.get("key") is None
