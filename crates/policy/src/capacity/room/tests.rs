#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const P: Point = 7;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn arrival(class: Class, priority: i64) -> Arrival {
    Arrival { class, priority, group: "work".into(), bytes: 1_000 }
}

fn waiting(room: &mut Room, class: Class, priority: i64) -> Ticket {
    let ticket = room.enter(secs(0), arrival(class, priority)).unwrap();
    room.wait_for(ticket, &[P], None, std::iter::empty());
    ticket
}

/// Who is served when a place is free, one after the other.
fn served(room: &mut Room) -> Vec<Ticket> {
    let mut order = Vec::new();
    loop {
        room.call(P, 1);
        let Some(ticket) = room.woken().pop() else { return order };
        room.leave(secs(1), ticket, true);
        order.push(ticket);
    }
}

#[test]
fn the_urgent_go_first_then_the_higher_priority_then_who_came_first() {
    let mut room = Room::new(100);
    let background = waiting(&mut room, Class::Background, 5);
    let (first, second) = (waiting(&mut room, Class::Interactive, 0), waiting(&mut room, Class::Interactive, 0));
    let higher = waiting(&mut room, Class::Interactive, 1);
    assert_eq!(served(&mut room), [higher, first, second, background]);
}

#[test]
fn after_eight_urgent_ones_a_less_urgent_one_has_its_turn() {
    let mut room = Room::new(100);
    let background = waiting(&mut room, Class::Background, 0);
    for _ in 0..20 {
        waiting(&mut room, Class::Interactive, 0);
    }
    let order = served(&mut room);
    assert_eq!(order.iter().position(|ticket| *ticket == background), Some(8));
}

#[test]
fn nobody_who_comes_later_takes_a_place_before_those_who_wait_unless_it_is_more_urgent() {
    let mut room = Room::new(100);
    let ticket = waiting(&mut room, Class::Background, 0);
    assert!(room.is_behind(None, Class::Background, 0, P));
    assert!(!room.is_behind(None, Class::Background, 1, P));
    assert!(!room.is_behind(None, Class::Interactive, 0, P));
    assert!(!room.is_behind(None, Class::Background, 0, P + 1), "it waits for something else");
    assert!(!room.is_behind(Some(ticket), Class::Background, 0, P), "nobody is behind itself");
}

#[test]
fn who_was_called_may_ask_although_others_stand_before_it() {
    let mut room = Room::new(100);
    let background = waiting(&mut room, Class::Background, 0);
    waiting(&mut room, Class::Interactive, 0);
    assert!(room.is_behind(Some(background), Class::Background, 0, P));
    room.in_a_row = URGENT_IN_A_ROW;
    room.call(P, 1);
    assert_eq!(room.woken(), [background]);
    assert!(!room.is_behind(Some(background), Class::Background, 0, P));
}

#[test]
fn no_more_are_called_than_there_are_places() {
    let mut room = Room::new(100);
    for _ in 0..5 {
        waiting(&mut room, Class::Interactive, 0);
    }
    room.call(P, 2);
    room.call(P, 2);
    assert_eq!(room.woken().len(), 2);
}

#[test]
fn a_profile_holds_sixty_four_and_says_when_there_may_be_a_place() {
    let mut room = Room::new(1_000);
    for _ in 0..64 {
        waiting(&mut room, Class::Interactive, 0);
    }
    let shut = room.enter(secs(0), arrival(Class::Interactive, 0)).unwrap_err();
    assert_eq!(shut, Shut { waiting: 64, drains_in: None });
    for at in [2, 4] {
        room.call(P, 1);
        let ticket = room.woken().pop().unwrap();
        room.leave(secs(at), ticket, true);
        waiting(&mut room, Class::Interactive, 0);
    }
    let shut = room.enter(secs(4), arrival(Class::Interactive, 0)).unwrap_err();
    assert_eq!(shut.drains_in, Some(secs(130)));
    let other = Arrival { group: "other".into(), ..arrival(Class::Interactive, 0) };
    assert!(room.enter(secs(4), other).is_ok(), "each profile has its own line");
}

#[test]
fn what_waits_is_bounded_in_bytes_and_one_large_request_may_always_wait() {
    let mut room = Room::new(1_000);
    let large = Arrival { bytes: BYTES_MAX + 1, ..arrival(Class::Interactive, 0) };
    room.enter(secs(0), large).unwrap();
    assert!(room.enter(secs(0), arrival(Class::Interactive, 0)).is_err());
}

#[test]
fn who_goes_away_after_it_was_called_leaves_its_turn_to_the_next() {
    let mut room = Room::new(100);
    let (first, second) = (waiting(&mut room, Class::Interactive, 0), waiting(&mut room, Class::Interactive, 0));
    room.call(P, 1);
    assert_eq!(room.leave(secs(1), first, false), [P]);
    room.call(P, 1);
    assert_eq!(room.woken(), [second], "and the one that left is not woken any more");
}

#[test]
fn those_who_wait_for_a_rest_ask_one_after_the_other() {
    let mut room = Room::new(100);
    let tickets: Vec<Ticket> = (0..3)
        .map(|_| {
            let ticket = room.enter(secs(0), arrival(Class::Interactive, 0)).unwrap();
            room.wait_for(ticket, &[], Some(P), std::iter::empty());
            ticket
        })
        .collect();
    let later: Vec<Duration> = tickets.iter().map(|ticket| room.stagger(*ticket, P)).collect();
    assert_eq!(later, [Duration::ZERO, STAGGER, STAGGER * 2]);
    room.call_rested(P);
    assert_eq!(room.woken(), tickets[..1], "a success calls one");
}

proptest! {
    #[test]
    fn whatever_happens_every_free_place_finds_somebody_who_waits_for_it(
        steps in prop::collection::vec((0u8..4, 0usize..3, -2i64..3), 1..300)
    ) {
        let mut room = Room::new(20);
        let mut tickets: Vec<Ticket> = Vec::new();
        for (now, (step, class, priority)) in (0..).zip(steps) {
            match step {
                0 | 1 => {
                    if let Ok(ticket) = room.enter(secs(now), arrival(Class::ALL[class], priority)) {
                        room.wait_for(ticket, &[P], None, std::iter::empty());
                        tickets.push(ticket);
                    }
                }
                2 if !tickets.is_empty() => {
                    let ticket = tickets.swap_remove(class % tickets.len());
                    room.leave(secs(now), ticket, false);
                }
                _ => {
                    room.call(P, 1);
                    let woken = room.woken();
                    prop_assert_eq!(woken.len(), usize::from(!tickets.is_empty()));
                    for ticket in woken {
                        room.leave(secs(now), ticket, true);
                        tickets.retain(|other| *other != ticket);
                    }
                }
            }
            prop_assert_eq!(room.line.len(), tickets.len());
            prop_assert!(room.line.len() <= 20);
            prop_assert!(room.line.is_sorted_by_key(|waiter| (waiter.rank(), waiter.ticket)));
        }
    }
}
