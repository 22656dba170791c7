"""A policy -> the same policy: statements in another order, some rules twice, in up to three files."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from remit.syntax import tree

T = TypeVar("T")


def rearranged(rng: random.Random, document: tree.Document) -> dict[str, tuple[tree.Item, ...]]:
    """The items of each file, by its name."""
    files: list[list[tree.Item]] = [[], [], []]
    for item in repeated(rng, document.items):
        rng.choice(files).append(stirred(rng, item))
    return {f"{number}.remit": tuple(items) for number, items in enumerate(files) if items}


def stirred(rng: random.Random, item: tree.Item) -> tree.Item:
    match item:
        case tree.Api():
            return replace(item, items=tuple(repeated(rng, item.items)))
        case tree.Resource():
            return replace(item, items=tuple(repeated(rng, item.items)))
        case _:
            return item


def repeated(rng: random.Random, items: Sequence[T]) -> list[T]:
    # One name must not stand on two rules, so those that bear one are not repeated.
    rules = [item for item in items if isinstance(item, tree.Rule) and item.name is None]
    some = rng.sample(rules, rng.randint(0, min(2, len(rules))))
    everything = [*items, *some]
    rng.shuffle(everything)
    return everything
