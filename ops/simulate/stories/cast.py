"""All stories, each with the kind of person it needs, in the order in which a small run takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ops.simulate.people import Profile
from ops.simulate.stage import Stage
from ops.simulate.stories import monitoring, movement, orders, patterns, prison


class Story(NamedTuple):
    """What is told, and of whom."""

    tell: Callable[[Stage], None]
    profile: Profile


STORIES = (
    Story(movement.walks_in_and_is_warned, "gps"),
    Story(monitoring.flat_and_undecided, "gps"),
    Story(monitoring.cuts_the_strap, "gps"),
    Story(movement.out_at_night, "gps_curfew"),
    Story(prison.calls_her, "custody"),
    Story(orders.contacts_her, "civil"),
    Story(orders.does_not_report, "reporting"),
    Story(monitoring.never_fitted, "gps"),
    Story(movement.walks_in_and_nobody_decides, "gps"),
    Story(orders.order_runs_out, "civil"),
    Story(orders.post_left_empty, "gps"),
    Story(prison.tries_to_call_her, "custody"),
    Story(prison.release_in_four_weeks_unassessed, "custody"),
    Story(prison.release_at_short_notice, "custody"),
    Story(prison.released_next_door, "custody"),
    Story(patterns.fills_the_form_again, "civil"),
    Story(patterns.everything_at_once, "gps"),
    Story(monitoring.nearly_flat, "gps"),
    Story(monitoring.goes_silent, "gps"),
    Story(movement.drives_through, "gps"),
    Story(monitoring.taken_off, "gps"),
    Story(monitoring.flat_and_misunderstood, "gps"),
    Story(monitoring.flat_and_decided, "gps"),
    Story(monitoring.home_unit_off, "rf_curfew"),
    Story(movement.out_at_night, "rf_curfew"),
    Story(monitoring.nobody_at_home, "gps"),
    Story(orders.reported_and_unanswered, "gps"),
    Story(orders.disputed, "reporting"),
    Story(prison.writes_to_her, "custody"),
    Story(prison.meets_her, "custody"),
    Story(prison.release_in_five_days_unassessed, "custody"),
    Story(prison.bailed_from_court, "custody"),
)
