"""The access code as it is kept, and asked for again."""

from __future__ import annotations

import hmac

from backend.core.accounts import access_code as codes
from backend.core.accounts import errors
from backend.core.accounts.models import Account
from backend.core.limits import Rate
from backend.core.sealing.keyring import keyring

CODE_ASKED = Rate(count=20, per_s=3600, burst=5)  # per account; fails closed


def check_code(*, account: Account, access_code: str) -> None:
    """Refuse what is not this account's code, in constant time. Raises `AccessCodeWrong`, `CodeMalformed`."""
    hashed = codes.hash_code(code=access_code, pepper=keyring().pepper[account.code_pepper])
    if not hmac.compare_digest(hashed, bytes(account.code_hash)):
        raise errors.AccessCodeWrong


def hash_present(code: str) -> tuple[bytes, int]:
    """A fresh code's hash, and the version of the pepper in it."""
    version = keyring().pepper_version
    return codes.hash_code(code=code, pepper=keyring().pepper[version]), version
