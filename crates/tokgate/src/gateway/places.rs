//! Places among the requests under way, and the line before the door: who comes when all are taken waits for one that is
//! given back, in the order of coming.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// The places.
#[derive(Debug, Default)]
pub struct Places {
    taken: AtomicUsize,
    /// Length of the line, so that nobody looks for its lock while it is empty.
    waiting: AtomicUsize,
    line: Mutex<VecDeque<oneshot::Sender<Place>>>,
    /// The last limit that was asked about: a place that is given back is passed on within it.
    limit: AtomicUsize,
}

/// One place; given back when dropped.
#[derive(Debug)]
pub struct Place(Option<Arc<Places>>);

impl Places {
    /// A place, unless all `limit` are taken or others wait already.
    pub fn take(self: &Arc<Self>, limit: usize) -> Option<Place> {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return None;
        }
        self.seize(limit)
    }

    /// A place in line; nothing when `max` stand there already. What it gives is a place when its turn has come.
    pub fn queue(self: &Arc<Self>, limit: usize, max: usize) -> Option<oneshot::Receiver<Place>> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut line = self.line.lock();
            // Those who have given up leave their entries behind.
            if line.len() >= max {
                line.retain(|waiting| !waiting.is_closed());
            }
            self.waiting.store(line.len(), Ordering::SeqCst);
            if line.len() >= max {
                return None;
            }
            line.push_back(sender);
            self.waiting.store(line.len(), Ordering::SeqCst);
        }
        // A place may have been given back before anybody was seen to wait.
        self.limit.store(limit, Ordering::Relaxed);
        self.serve();
        Some(receiver)
    }

    /// Another limit is in force.
    pub fn resize(self: &Arc<Self>, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
        if self.waiting() > 0 {
            self.serve();
        }
    }

    /// Places that are taken.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Those who stand in line; some may have gone away.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    fn seize(self: &Arc<Self>, limit: usize) -> Option<Place> {
        if self.taken.fetch_add(1, Ordering::SeqCst) < limit {
            return Some(Place(Some(Arc::clone(self))));
        }
        self.taken.fetch_sub(1, Ordering::SeqCst);
        None
    }

    /// Gives places that are free to those who wait.
    fn serve(self: &Arc<Self>) {
        loop {
            let Some(mut place) = self.seize(self.limit.load(Ordering::Relaxed)) else { return };
            let next = {
                let mut line = self.line.lock();
                let next = line.pop_front();
                self.waiting.store(line.len(), Ordering::SeqCst);
                next
            };
            let Some(next) = next else {
                place.give_up();
                // Somebody may have come to wait while the place was held.
                if self.waiting() == 0 {
                    return;
                }
                continue;
            };
            if let Err(mut unwanted) = next.send(place) {
                // Gone: the next one.
                unwanted.give_up();
            }
        }
    }
}

impl Place {
    /// Gives it back without looking who waits.
    fn give_up(&mut self) -> Option<Arc<Places>> {
        let places = self.0.take()?;
        places.taken.fetch_sub(1, Ordering::SeqCst);
        Some(places)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(places) = self.give_up()
            && places.waiting() > 0
        {
            places.serve();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_given_back_goes_to_who_has_waited_longest() {
        let places = Arc::new(Places::default());
        let held = places.take(1).unwrap();
        assert!(places.take(1).is_none());
        let (mut first, mut second) = (places.queue(1, 5).unwrap(), places.queue(1, 5).unwrap());
        assert!(first.try_recv().is_err());
        drop(held);
        let place = first.try_recv().unwrap();
        assert!(second.try_recv().is_err() && places.take(1).is_none(), "nobody overtakes those who wait");
        drop(place);
        drop(second.try_recv().unwrap());
        assert_eq!((places.taken(), places.waiting()), (0, 0));
        assert!(places.take(1).is_some());
    }

    #[test]
    fn who_has_gone_away_is_passed_over_even_with_the_place_in_hand() {
        let places = Arc::new(Places::default());
        let held = places.take(1).unwrap();
        let (first, second) = (places.queue(1, 5).unwrap(), places.queue(1, 5).unwrap());
        let mut third = places.queue(1, 5).unwrap();
        drop(first);
        drop(held);
        // The second has been given the place and goes away without having looked.
        drop(second);
        assert!(third.try_recv().is_ok());
    }

    #[test]
    fn a_line_that_is_full_of_those_who_left_has_room() {
        let places = Arc::new(Places::default());
        let _held = places.take(1).unwrap();
        let first = places.queue(1, 1).unwrap();
        assert!(places.queue(1, 1).is_none());
        drop(first);
        assert!(places.queue(1, 1).is_some());
        assert!(places.queue(1, 0).is_none(), "a line of length 0 is no line");
    }

    #[test]
    fn a_larger_limit_lets_in_who_waits() {
        let places = Arc::new(Places::default());
        let _held = places.take(1).unwrap();
        let mut waiting = places.queue(1, 5).unwrap();
        places.resize(2);
        assert!(waiting.try_recv().is_ok());
    }

    #[test]
    fn under_many_threads_no_place_is_lost_and_none_is_given_twice() {
        let places = Arc::new(Places::default());
        let most = Arc::new(AtomicUsize::new(0));
        let work = |places: Arc<Places>, most: Arc<AtomicUsize>| {
            for _ in 0..500 {
                let place = match places.take(3) {
                    Some(place) => place,
                    None => places.queue(3, 100).unwrap().blocking_recv().unwrap(),
                };
                most.fetch_max(places.taken(), Ordering::Relaxed);
                drop(place);
            }
        };
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (places, most) = (Arc::clone(&places), Arc::clone(&most));
                std::thread::spawn(move || work(places, most))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((places.taken(), places.waiting()), (0, 0));
    }
}
