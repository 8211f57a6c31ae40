"""The book as a shell drives it: changes of findings in, alerts that are different out."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.book import AlertBook
from alerting.directory import Directory
from schemas.alert import Alert
from schemas.finding import Change, Finding, FindingChange
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_change, a_directory, a_finding, a_person, assigned, on_call

PERSON = a_person(assigned("oic", "of-1"))
DIRECTORY = a_directory(on_call("control_room", "of-9"))


def heard(book: AlertBook, *changes: FindingChange) -> tuple[Alert, ...]:
    return book.apply(changes, PERSON, DIRECTORY)


def window(**sides: object) -> Finding:
    return a_finding("untagged-window", about="case", at_risk=[], told=("oic",)).model_copy(update=sides)


def strap(began_minutes: int = 0) -> Finding:
    return a_finding("strap-tamper", about="activation", at_risk=[], told=("oic",), began=NOON + began_minutes * MINUTE)


def gone(finding: Finding) -> Finding:
    return finding.model_copy(update={"status": "withdrawn", "because": "Late fixes fill all of it."})


def change(finding: Finding, word: Change, hours: int) -> FindingChange:
    return a_change(finding, word, NOON + hours * HOUR)


def test_a_raised_finding_comes_out_as_one_alert_told_to_the_right_people() -> None:
    book = AlertBook()
    (alert,) = heard(book, a_change(a_finding()))

    assert [("control_room", "of-9"), ("oic", "of-1")] == [(recipient.role, recipient.officer_id) for recipient in alert.recipients]
    assert (alert,) == book.alerts()


def test_what_is_delivered_again_comes_out_as_nothing() -> None:
    book = AlertBook()
    changes = [a_change(a_finding()), change(a_finding(ended=NOON + HOUR), "closed", 1)]
    heard(book, *changes)

    assert () == heard(book, *changes)
    assert () == heard(book, changes[0])


def test_what_an_exercise_takes_back_and_never_told_is_no_alert() -> None:
    book = AlertBook()

    assert () == heard(book, change(gone(window(message_status="exercise")), "withdrawn", 1))
    assert () == book.alerts()


def test_an_earlier_member_renames_the_incident_and_the_later_alert_comes_out_too() -> None:
    book = AlertBook()
    (later,) = heard(book, a_change(strap(10)))
    both = heard(book, a_change(window(), at=NOON + HOUR))

    assert {later.alert_id, window().finding_id} == {alert.alert_id for alert in both}
    assert {window().finding_id.replace("al_", "in_")} == {alert.incident_id for alert in both}
    assert ["raised"] == [revision.change for revision in both[1].revisions]


def test_when_the_member_is_withdrawn_the_others_get_their_own_name_back() -> None:
    book = AlertBook()
    (alone,) = heard(book, a_change(strap(10)))
    heard(book, a_change(window(), at=NOON + HOUR))
    heard(book, change(gone(window()), "withdrawn", 2))

    assert alone == book.alerts()[1]


def moved_window(minutes: int, *supersedes: str) -> Finding:
    return a_finding("untagged-window", about="case", at_risk=[], told=("oic",), began=NOON + minutes * MINUTE, supersedes=supersedes)


def test_late_evidence_that_moves_the_beginning_keeps_the_reference_in_whatever_order_it_is_said() -> None:
    first = window()
    second = moved_window(-20, first.finding_id)
    said = [change(gone(first), "withdrawn", 1), change(second, "raised", 1)]
    books = []
    for order in permutations(said):
        book = AlertBook()
        (original,) = heard(book, a_change(first))
        heard(book, *order)
        successor, predecessor = book.alerts()
        assert (second.finding_id, "open", original.reference) == (successor.alert_id, successor.status, successor.reference)
        assert (first.finding_id, "withdrawn") == (predecessor.alert_id, predecessor.status)
        assert original.recipients == successor.recipients
        books.append(book.alerts())

    assert books[0] == books[1]


def test_a_predecessor_that_nobody_withdrew_is_withdrawn_with_its_successor() -> None:
    book = AlertBook()
    heard(book, a_change(window()))
    heard(book, change(moved_window(-20, window().finding_id), "raised", 1))

    assert ["open", "withdrawn"] == [alert.status for alert in book.alerts()]
    assert ["raised", "withdrawn"] == [revision.change for revision in book.alerts()[1].revisions]


def test_of_two_pieces_of_one_window_the_first_keeps_the_reference_and_the_second_has_its_own() -> None:
    book = AlertBook()
    (whole,) = heard(book, a_change(window()))
    pieces = [change(moved_window(minutes, whole.alert_id), "raised", 3) for minutes in (1, 100)]
    heard(book, change(gone(window()), "withdrawn", 3), *pieces)

    first, second = (alert for alert in book.alerts() if alert.status == "open")
    assert whole.reference == first.reference != second.reference
    assert (NOON, NOON + 3 * HOUR) == (first.raised_at, second.raised_at)


def test_an_alert_that_comes_back_while_its_successor_lives_does_not_share_its_reference() -> None:
    book = AlertBook()
    (first,) = heard(book, a_change(window()))
    heard(book, change(moved_window(60, first.alert_id), "raised", 2))
    heard(book, change(window(because="Both stretches were unmonitored."), "raised", 3))

    back, successor = book.alerts()
    assert ("open", "open") == (back.status, successor.status)
    assert first.reference == successor.reference != back.reference


def test_a_beginning_that_moves_there_and_back_ends_under_the_first_name_and_reference() -> None:
    book = AlertBook()
    (first,) = heard(book, a_change(window()))
    second = moved_window(-20, first.alert_id)
    heard(book, change(second, "raised", 1))
    heard(book, change(gone(second), "withdrawn", 2), change(window(supersedes=(second.finding_id,)), "raised", 2))

    (living,) = (alert for alert in book.alerts() if alert.status == "open")
    assert (first.alert_id, first.reference, first.raised_at) == (living.alert_id, living.reference, living.raised_at)
    assert (second.finding_id,) == living.supersedes


def test_a_merge_hands_the_alert_and_its_reference_to_the_other_person() -> None:
    book = AlertBook()
    (mine,) = heard(book, a_change(a_finding(subject="case-2")))
    other = PERSON.model_copy(update={"person_id": "pe-0"})
    merged = a_finding(subject="case-1", person_id="pe-0", supersedes=[mine.alert_id])
    book.apply([change(merged, "raised", 1)], other, DIRECTORY)

    assert {("pe-0", "open"), ("pe-1", "withdrawn")} == {(alert.person_id, alert.status) for alert in book.alerts()}
    assert 1 == len({alert.reference for alert in book.alerts()})


def test_a_merge_that_keeps_the_id_moves_the_alert_to_the_other_person() -> None:
    book = AlertBook()
    heard(book, a_change(strap()))
    moved = strap().model_copy(update={"person_id": "pe-0", "status": "closed", "ended_at": NOON + HOUR})
    book.apply([change(moved, "closed", 1)], PERSON.model_copy(update={"person_id": "pe-0"}), DIRECTORY)

    assert () == book.settle("pe-1", NOON + 99 * DAY)
    assert ["pe-0"] == [alert.person_id for alert in book.alerts()]


def test_telling_that_was_held_back_is_dated_by_when_it_happened_and_the_knowing_is_not() -> None:
    (alert,) = AlertBook().apply([a_change(a_finding(told=("oic",)))], PERSON, Directory(), NOON + MINUTE)

    assert (NOON, NOON + MINUTE) == (alert.raised_at, alert.recipients[0].at)


def test_anothers_finding_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"pe-2, expected pe-1"):
        heard(AlertBook(), a_change(a_finding(person_id="pe-2")))


def test_findings_about_the_system_are_held_beside_those_about_people() -> None:
    book = AlertBook()
    silent = a_finding("feed-silent", subject="em/allied", about="feed", person_id=None, areas=[], at_risk=[], told=("control_room",))
    (alert,) = book.apply([a_change(silent)], None, DIRECTORY)

    assert ["of-9"] == [recipient.officer_id for recipient in alert.recipients]


def test_what_is_long_over_is_handed_out_incident_by_incident_and_the_book_stays_small() -> None:
    book = AlertBook()
    over = a_finding("alcohol-positive", ended=NOON + HOUR)
    tampered = strap().model_copy(update={"status": "closed", "ended_at": NOON + HOUR})
    heard(book, a_change(over), a_change(window()), a_change(tampered))

    assert () == book.settle("pe-1", NOON + 14 * DAY)
    settled = book.settle("pe-1", NOON + 14 * DAY + MINUTE)
    assert [over.finding_id] == [entry.alert.alert_id for entry in settled]
    assert {window().finding_id, tampered.finding_id} == {alert.alert_id for alert in book.alerts()}

    heard(book, change(window(status="closed", ended_at=NOON + 20 * DAY), "closed", 480))
    assert () == book.settle("pe-1", NOON + 23 * DAY)
    assert 2 == len(book.settle("pe-1", NOON + 23 * DAY + MINUTE))
    assert () == book.alerts()
    assert () == book.settle("nobody", NOON)


def test_late_evidence_about_what_was_settled_names_what_must_be_taken_back() -> None:
    book = AlertBook()
    over = a_finding("alcohol-positive", ended=NOON + HOUR)
    heard(book, a_change(over))
    settled = book.settle("pe-1", NOON + 30 * DAY)
    late = change(gone(over), "withdrawn", 999)

    assert (over.finding_id,) == book.not_held([late])
    book.take(settled)
    assert () == book.not_held([late])
    assert ["withdrawn"] == [alert.status for alert in heard(book, late)]


def test_a_book_loaded_from_what_was_stored_goes_on_as_if_nothing_had_happened() -> None:
    first, second = AlertBook(), AlertBook()
    for book in (first, second):
        heard(book, a_change(strap(10)), a_change(a_finding()))
    stored = AlertBook.load(second.entries())
    further = [a_change(window(), at=NOON + HOUR), change(a_finding(ended=NOON + HOUR), "closed", 1)]

    assert heard(first, *further) == heard(stored, *further)
    assert first.alerts() == stored.alerts()


RULES = ["strap-tamper", "untagged-window", "exclusion-zone-entry", "curfew-absence", "no-contact", "attempted-contact", "location-known"]


@settings(max_examples=100, deadline=None)
@given(
    findings=st.lists(
        st.builds(
            lambda rule, number, halves, at_risk: a_finding(
                rule,
                subject=f"s-{number}",
                about="case",
                began=NOON + halves * 30 * MINUTE,
                ended=NOON + (halves + 1) * 30 * MINUTE,
                at_risk=at_risk,
            ),
            st.sampled_from(RULES),
            st.integers(0, 9),
            st.integers(0, 60),
            st.lists(st.sampled_from(["pp-1", "pp-2"]), max_size=2, unique=True),
        ),
        unique_by=lambda finding: finding.finding_id,
        max_size=8,
    ),
    data=st.data(),
)
def test_the_incident_of_every_alert_is_the_same_in_whatever_order_and_batches_the_findings_come(
    findings: list[Finding], data: st.DataObject
) -> None:
    at_once, one_by_one = AlertBook(), AlertBook()
    heard(at_once, *(a_change(finding) for finding in findings))
    for finding in data.draw(st.permutations(findings)):
        heard(one_by_one, a_change(finding))

    assert at_once.alerts() == one_by_one.alerts()
