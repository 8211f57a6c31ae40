"""One person's judgement over arriving evidence: forward when in order, one rewind for a batch that is late.

Keeps in memory only the head, the last events and the checkpoints (a checkpoint is a reference: state is immutable);
everything older is read back from the journal, which the shell provides. Pure but for that reading.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from schemas.event import Event
from streams.engine.diff import Change, diff
from streams.engine.state import EDGES, NEVER, NOWHERE, Place, State
from streams.engine.timeline import Stretch, Timeline, Wait, place_of
from streams.engine.verdict import Finding

RECENT = 64
"""Events kept in memory."""
EVERY = 4
"""A checkpoint every so many events; every 16 beyond the last 16 events, every 64 beyond the last 64."""
THINNED = ((16, -5), (64, -8))
"""Of checkpoints this old only every such one stays; where it stands from the end when it comes to that age."""
HORIZON = timedelta(hours=48)

ReadBack = Callable[[Place], Sequence[Event]]
"""All stored events of the person after a place, in order."""


class Mark(NamedTuple):
    """A checkpoint: everything up to and with `place` is judged in `state`."""

    place: Place
    state: State
    number: int


class PersonLog:
    """The judgement of one person. `case` is the person's id."""

    __slots__ = ("_count", "case", "head", "marks", "place", "recent", "recent_from", "status", "waits")

    def __init__(self, case: str, begin: State, status: str = "actual") -> None:
        self.case = case
        self.status = status
        """The lane: `actual`, or an exercise or test beside it."""
        self.head = begin
        self.place: Place = NOWHERE
        self.marks: list[Mark] = [Mark(NOWHERE, begin, 0)]
        self.recent: list[Event] = []
        self.recent_from: Place = NOWHERE
        """Every event after this place is in `recent`."""
        self.waits: set[Wait] = set()
        self._count = 0

    def receive(self, timeline: Timeline, events: Sequence[Event], clock: datetime, read_back: ReadBack) -> tuple[Change, ...]:
        """Judge what has arrived together (in order of judgement; all now in the journal) and let the clock come to `clock`."""
        head = self.head
        before = head.findings
        first = place_of(events[0])
        if first > self.place:
            self.recent.extend(events)
            if len(events) == 1 and head.next_at > events[0].occurred_at:  # nearly always: nothing is due before it
                self.head, self.place = timeline.stepper.event(head, self.case, events[0]), first
                self._count += 1
                if not self._count % EVERY:
                    self._mark()
            else:
                self._forward(timeline, events)
            return self._settle(timeline, clock, before)
        overtaken = first < (place_of(self.recent[-1]) if self.recent else self.recent_from)
        self._rewind(timeline, first, events, read_back)
        changes = self._settle(timeline, clock, before)
        return tuple(replace(change, out_of_order=True) for change in changes) if overtaken else changes

    def completed(self, timeline: Timeline, due: datetime, clock: datetime, read_back: ReadBack) -> tuple[Change, ...]:
        """A feed has become complete to `due`, on which a wake-up waited: judge again from there."""
        before = self.head.findings
        if (due, EDGES, -1, "", "") <= self.place:  # before the events of that instant too: see `Known.due`
            self._rewind(timeline, (due, EDGES, -1, "", ""), (), read_back)
        else:
            self.waits = {wait for wait in self.waits if wait[0] < due}
        return self._settle(timeline, clock, before)

    def advance(self, timeline: Timeline, clock: datetime) -> tuple[Change, ...]:
        """Let the clock come to an instant."""
        before = self.head.findings
        return self._settle(timeline, clock, before)

    def again(
        self, timeline: Timeline, clock: datetime, read_back: ReadBack, before: Mapping[str, Finding], renamed: Mapping[str, str]
    ) -> tuple[Change, ...]:
        """Judge the whole stored history again. `before`: the findings known so far, of everybody whom this person now is."""
        self._start_over(timeline, read_back)
        self._settle(timeline, clock, self.head.findings)
        return diff(before, self.head.findings, clock, renamed)

    def alarm_at(self, timeline: Timeline, clock: datetime) -> datetime:
        """When the clock next makes something due; what waits for a feed is not the clock's."""
        if self.head.next_at > clock:
            return self.head.next_at
        ahead = [self.head.edges[0].at] if self.head.edges else []
        ahead += [due for due in (timeline.due(one, self.head)[0] for one in self.head.pending) if due > clock]
        return min(ahead, default=NEVER)

    def _start_over(self, timeline: Timeline, read_back: ReadBack) -> None:
        self.marks = [Mark(NOWHERE, timeline.stepper.begin(), 0)]
        self.recent, self.recent_from = [], NOWHERE
        self._replay(timeline, self.marks[0], list(read_back(NOWHERE)))

    def _settle(self, timeline: Timeline, clock: datetime, before: Mapping[str, Finding]) -> tuple[Change, ...]:
        if self.head.next_at <= clock:
            stretch = Stretch(self.head, self.place, self.waits)
            timeline.reach(stretch, self.case, clock)
            self.head, self.place = stretch.state, stretch.place
        if len(self.recent) > 2 * RECENT:
            self._prune(clock)
        after = self.head.findings
        return () if before is after else diff(before, after, clock)

    def _forward(self, timeline: Timeline, events: Sequence[Event]) -> None:
        stretch = Stretch(self.head, self.place, self.waits)
        timeline.judge(stretch, self.case, events, self._passed)
        self.head, self.place = stretch.state, stretch.place

    def _passed(self, stretch: Stretch) -> None:
        self._count += 1
        if not self._count % EVERY:
            self.head, self.place = stretch.state, stretch.place
            self._mark()

    def _mark(self) -> None:
        marks, count = self.marks, self._count
        marks.append(Mark(self.place, self.head, count))
        for age, stands in THINNED:
            if len(marks) > -stands and marks[stands].number == count - age and (count - age) % age:
                del marks[stands]

    def _rewind(self, timeline: Timeline, place: Place, events: Sequence[Event], read_back: ReadBack) -> None:
        at = bisect_left(self.marks, place, key=lambda mark: mark.place) - 1
        if at < 0:  # older than everything kept: the whole history
            self._start_over(timeline, read_back)
            return
        mark = self.marks[at]
        del self.marks[at + 1 :]
        if mark.place >= self.recent_from:
            for event in events:
                insort(self.recent, event, key=place_of)
            start = bisect_right(self.recent, mark.place, key=place_of)
            stretch = self.recent[start:]
        else:
            stretch = list(read_back(mark.place))
        self._replay(timeline, mark, stretch)

    def _replay(self, timeline: Timeline, mark: Mark, events: Sequence[Event]) -> None:
        self.head, self.place, self._count = mark.state, mark.place, mark.number
        self.waits = {wait for wait in self.waits if (wait[0], EDGES, -1, "", "") < mark.place}
        if mark.place < self.recent_from or not self.recent:
            self.recent = list(events[-RECENT:])
            self.recent_from = place_of(events[-RECENT - 1]) if len(events) > RECENT else mark.place
        self._forward(timeline, events)

    def _prune(self, clock: datetime) -> None:
        cut = len(self.recent) - RECENT
        self.recent_from = place_of(self.recent[cut - 1])
        del self.recent[:cut]
        if len(self.marks) > 1 and self.marks[1].place[0] < clock - HORIZON:
            oldest = min((wait[0] for wait in self.waits), default=clock)
            limit = min(clock - HORIZON, oldest)
            keep = bisect_left(self.marks, limit, key=lambda mark: mark.place[0])
            del self.marks[: max(keep - 1, 0)]
