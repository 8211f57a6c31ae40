"""Stories that only show when facts are put together. Rules: copied-assessment, compounding-risk."""

from __future__ import annotations

from ops.simulate.instants import DAY_MS, HOUR_MS
from ops.simulate.stage import DECISION_MS, Stage
from ops.simulate.stories.monitoring import goes_silent
from ops.simulate.stories.movement import walks_in

_ANSWERS = {str(n): "YES" if n % 3 == 0 else "NO" for n in range(1, 25)}


def fills_the_form_again(stage: Stage) -> None:
    """After a dispute about the child the second form carries the first one's answers; twenty hours on there is a true one."""
    at_ms = stage.moment((9 * 60, 14 * 60), after_ms=42 * HOUR_MS)
    copied_ms, genuine_ms = at_ms + 20 * HOUR_MS, at_ms + 40 * HOUR_MS
    stage.assess(at_ms, "review", about_her=True, answers=dict(_ANSWERS))
    stage.say(at_ms + 5 * HOUR_MS, "life.trigger", {"kind": "child_contact", "protected_person_id": stage.person.her.person_id})
    stage.assess(copied_ms, "review", about_her=True, answers=dict(_ANSWERS))
    stage.assess(genuine_ms, "review", about_her=True, answers={**_ANSWERS, "6": "NO", "7": "YES", "8": "YES"})
    stage.truth("copied-assessment", stage.her, copied_ms, genuine_ms)


def everything_at_once(stage: Stage) -> None:
    """A separation in the morning, a silent tag at noon, and a walk to her door the next day."""
    at_ms = stage.moment((9 * 60, 11 * 60), before_ms=HOUR_MS, after_ms=32 * HOUR_MS)
    stage.say(at_ms, "life.trigger", {"kind": "separation", "protected_person_id": stage.person.her.person_id})
    goes_silent(stage, at_ms + 2 * HOUR_MS)
    entered_ms = walks_in(stage, at_ms + DAY_MS)
    stage.decide(entered_ms + DECISION_MS)
    stage.truth("compounding-risk", stage.case, entered_ms)
