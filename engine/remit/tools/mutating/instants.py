"""Instants of a policy and its tests -> instants near to them, and those that rules tell apart.

Near are a second, an hour, a day, and the durations that the rules name. For rules that ask for a date,
a weekday or the time of day there are each date that is named, each day of a week, and each time of day
in every zone that the policy or a test names.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from remit.checker.scalars import EPOCH, zone_named

_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
_HOURS, _DAYS = 24, 7
_STEPS: Final = (timedelta(), -_SECOND, _SECOND)
_DATE = len("2026-12-24")


class Instants:
    """What instants may be asked at."""

    def __init__(
        self,
        moments: Iterable[float],
        lengths: Iterable[float],
        zones: Iterable[str],
        texts: Iterable[str],
    ) -> None:
        """`moments` and `lengths` in seconds; `texts` among which may be dates."""
        self._moments = [*dict.fromkeys(_moments(moments))]
        self._lengths = [timedelta(seconds=each) for each in lengths]
        self._zones: list[tzinfo] = [UTC, *filter(None, map(zone_named, zones))]
        self._dates = [day for each in texts for day in _dates(each)]

    def near(self, now: float) -> Iterator[datetime]:
        """Those near to an instant, in seconds since the epoch, and to all others."""
        asked = [*_moments((now,))]
        every = [*asked, *self._moments]
        yield from _moved(every, _STEPS)
        noons = (datetime.combine(day, time(12), zone) for zone in self._zones for day in self._dates)
        yield from _moved([*noons], _STEPS[:1])
        yield from _moved(asked, (days * _DAY for days in range(1, _DAYS)))
        midnights = [each for zone in self._zones for each in _midnights(asked, zone)]
        yield from _moved(midnights, (each + step for each in self._lengths for step in _STEPS))
        yield from _moved(asked, (hours * _HOUR for hours in range(1, _HOURS)))
        both = (each for length in self._lengths for each in (length, -length))
        yield from _moved(every, (each + step for each in (*both, _DAY, -_DAY) for step in _STEPS))


def _moments(seconds: Iterable[float]) -> Iterator[datetime]:
    for each in seconds:
        try:
            yield EPOCH + timedelta(seconds=each)
        except OverflowError:
            continue


def _midnights(moments: Iterable[datetime], zone: tzinfo) -> Iterator[datetime]:
    for each in moments:
        try:
            yield datetime.combine(each.astimezone(zone).date(), time(), zone)
        except OverflowError:
            continue


def _moved(moments: Iterable[datetime], steps: Iterable[timedelta]) -> Iterator[datetime]:
    """Each moment moved by each step, on the clock of its zone, as far as any calendar goes."""
    for step in steps:
        for moment in moments:
            try:
                yield (moment + step).astimezone(UTC)
            except OverflowError:
                continue


def _dates(text: str) -> Iterator[date]:
    if len(text) == _DATE:
        try:
            yield date.fromisoformat(text)
        except ValueError:
            return
