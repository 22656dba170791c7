"""Tables that are bounded, and keep what is asked for.

Threads may share one: a race loses an entry at worst, which is then made again. None has a lock that a
fork could leave held.
"""

from typing import Generic, TypeVar

Key = TypeVar("Key")
Kept = TypeVar("Kept")


class Generations(Generic[Key, Kept]):
    """A bounded table that keeps what is asked for.

    When the young half is full it becomes the old one, and what was old and not asked for since is
    dropped.
    """

    __slots__ = ("_half", "_old", "young")

    def __init__(self, limit: int) -> None:
        """An empty table for `limit` entries."""
        self._half = max(1, limit // 2)
        self.young: dict[Key, Kept] = {}
        self._old: dict[Key, Kept] = {}

    def get(self, key: Key) -> Kept | None:
        """What is kept under the key."""
        found = self.young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.keep(key, found)
        return found

    def keep(self, key: Key, what: Kept) -> None:
        """Keep something; what was not asked for the longest may go."""
        if len(self.young) >= self._half:
            self._old, self.young = self.young, {}
        self.young[key] = what

    def values(self) -> list[Kept]:
        """All that is kept, some of it twice."""
        return [*self.young.values(), *self._old.values()]

    def __len__(self) -> int:
        return len(self.young) + len(self._old)


class Shares(Generic[Key, Kept]):
    """A bounded table for many owners, each of whom pushes out what is its own, and no more.

    `limit` entries in all, of which one owner has `share` at most. Where ever new owners come, those go
    that were not asked for the longest.
    """

    __slots__ = ("_earlier", "_filled", "_half", "_owners", "_share")

    def __init__(self, limit: int, share: int) -> None:
        """An empty table."""
        self._half = max(1, limit // 2)
        self._share = share
        self._owners: dict[object, Generations[Key, Kept]] = {}
        self._earlier: dict[object, Generations[Key, Kept]] = {}
        self._filled = 0

    def get(self, owner: object, key: Key) -> Kept | None:
        """What is kept under the key of that owner."""
        table = self._owners.get(owner)
        if table is None:
            table = self._back(owner)
            if table is None:
                return None
        found = table.young.get(key)  # what is asked for often is here
        return table.get(key) if found is None else found

    def keep(self, owner: object, key: Key, what: Kept) -> None:
        """Keep something; what the owner did not ask for the longest may go."""
        self._make_room()
        table = self._owners.get(owner)
        if table is None:
            table = self._back(owner) or self._admit(owner, Generations(self._share))
        before = len(table)
        table.keep(key, what)
        self._filled += len(table) - before

    def values(self) -> list[Kept]:
        """All that is kept."""
        tables = (*self._owners.values(), *self._earlier.values())
        return [kept for table in tables for kept in table.values()]

    def _back(self, owner: object) -> Generations[Key, Kept] | None:
        """The table of an owner who was not here for a while."""
        table = self._earlier.pop(owner, None)
        return None if table is None else self._admit(owner, table)

    def _admit(self, owner: object, table: Generations[Key, Kept]) -> Generations[Key, Kept]:
        self._make_room()
        self._filled += len(table)
        return self._owners.setdefault(owner, table)

    def _make_room(self) -> None:
        if self._filled + len(self._owners) >= self._half:
            self._earlier, self._owners, self._filled = self._owners, {}, 0

    def __len__(self) -> int:
        tables = (*self._owners.values(), *self._earlier.values())
        return sum(map(len, tables))
