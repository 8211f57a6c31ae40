"""Every rule, in the order of judgement: the visible list. A rule that reads findings stands after those it reads."""

from __future__ import annotations

from streams.rules import (
    attempted_contact,
    battery_forecast,
    breach_unanswered,
    charging_failure_undecided,
    compounding_risk,
    contact_from_custody,
    copied_assessment,
    curfew_absence,
    exclusion_zone_entry,
    feed_silent,
    no_contact,
    no_named_owner,
    not_fitted,
    protection_gap,
    release_without_reassessment,
    reporting_missed,
    short_notice_release,
    strap_tamper,
    unsafe_release_address,
    untagged_window,
)

CATALOGUE = (
    # What is seen: monitoring, places, hours, contact, custody.
    untagged_window.RULE,
    strap_tamper.RULE,
    not_fitted.RULE,
    exclusion_zone_entry.RULE,
    curfew_absence.RULE,
    no_contact.RULE,
    reporting_missed.RULE,
    contact_from_custody.RULE,
    release_without_reassessment.RULE,
    short_notice_release.RULE,
    unsafe_release_address.RULE,
    # What is owed by agencies.
    no_named_owner.RULE,
    copied_assessment.RULE,
    # What reads the findings of others.
    battery_forecast.RULE,
    charging_failure_undecided.RULE,
    attempted_contact.RULE,
    protection_gap.RULE,
    breach_unanswered.RULE,
    compounding_risk.RULE,
    # The system itself.
    feed_silent.RULE,
)
