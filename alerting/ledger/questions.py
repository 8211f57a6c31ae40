"""Which questions of the identity desk are an officer's, as a condition for a WHERE: the desk reads of anybody, but not past walls.

To answer `same` makes one man of two, with one team: whoever is in the case of the one may then see the other. So nobody opens a
restricted person to themselves. Why so, is in ops/decisions/0021. Called by the identity desk, for its list and for each answer.
"""

from __future__ import annotations

from sqlalchemy import and_, exists, false, func, not_, or_, select, true

from alerting.actor import Actor
from alerting.ledger.tables.told import ASSIGNMENT, EXCLUDED, PERSON, QUESTION, QUESTION_PERSON
from alerting.ledger.ways import Condition
from alerting.rights import reach


def theirs(actor: Actor) -> Condition:
    """For a WHERE over QUESTION.

    Of none of its people are they excluded; and of a restricted one they are in the case, of each that there is, or they may
    answer and are in the case of nobody there: then it opens nothing to them.
    """
    now_called = func.coalesce(PERSON.c.gone_to, PERSON.c.person_id)  # an answered question names people as they were then
    posts = (ASSIGNMENT.c.officer_id == actor.officer_id, ASSIGNMENT.c.person_id == now_called)
    in_the_case = exists(select(ASSIGNMENT.c.person_id).where(*posts).correlate(PERSON))
    past_a_wall = _names(PERSON.c.restricted == true(), not_(in_the_case))
    answers = false() if reach(actor, "identity.answer").never else true()
    kept_out = select(EXCLUDED.c.person_id).join(QUESTION_PERSON, QUESTION_PERSON.c.person_id == EXCLUDED.c.person_id)
    kept_out = kept_out.where(QUESTION_PERSON.c.question_id == QUESTION.c.question_id, EXCLUDED.c.officer_id == actor.officer_id)
    return and_(not_(exists(kept_out.correlate(QUESTION))), or_(not_(past_a_wall), and_(answers, not_(_names(in_the_case)))))


def _names(*which: Condition) -> Condition:
    """Whether it names such a person."""
    named = select(PERSON.c.person_id).join(QUESTION_PERSON, QUESTION_PERSON.c.person_id == PERSON.c.person_id)
    return exists(named.where(QUESTION_PERSON.c.question_id == QUESTION.c.question_id, *which).correlate(QUESTION))
