"""The only writers of this app.

Locks are taken in this order: accounts by id → conversations by id → memberships by id → what hangs on them → (by the
outermost write) the heads of streams by id. What changes who may send or see moves the conversation's head.
"""
