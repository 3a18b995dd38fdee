//! Who waits for a place, as `queue status` and `status` tell it.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::cli::output::{Out, clean, pad};
use crate::i18n::cli as text;
use crate::process::admin::capacity::{CapacityStatus, LineStatus};
use crate::proxy::read::PRESSED;

/// Column of the profiles' names.
const PROFILE_CELLS: usize = 18;

/// For programs.
pub(crate) fn as_json(capacity: &CapacityStatus) -> Json {
    json!({
        "outside": capacity.outside,
        "waiting": capacity.waiting,
        "max_waiting": capacity.max_waiting,
        "buffered": capacity.buffered,
        "max_buffered": capacity.max_buffered,
        "shed": capacity.shed,
        "circles": capacity.circles,
        "profiles": capacity.lines,
    })
}

/// For pipes.
pub(crate) fn plain(capacity: &CapacityStatus) -> String {
    let mut page = format!(
        "line_outside\t{}\nline_waiting\t{}\nline_max\t{}\nbuffered\t{}\nshed\t{}\ncircles\t{}\n",
        capacity.outside, capacity.waiting, capacity.max_waiting, capacity.buffered, capacity.shed, capacity.circles
    );
    for line in &capacity.lines {
        let LineStatus { interactive, background, unattended, max, longest_ms, .. } = line;
        let profile = clean(&line.profile);
        let _ = writeln!(page, "line\t{profile}\t{interactive}\t{background}\t{unattended}\t{max}\t{longest_ms}");
    }
    page
}

/// For people.
pub(crate) fn human(out: &Out, capacity: &CapacityStatus) -> String {
    let mut page = format!("  {}\n", summary(out, capacity));
    for line in &capacity.lines {
        let waiting = line.interactive + line.background + line.unattended;
        let seconds = line.longest_ms / 1_000;
        let mut words = out.text(
            &text::QUEUE_LINE,
            &[("waiting", &waiting), ("max", &line.max), ("background", &line.background), ("seconds", &seconds)],
        );
        if let Some(drains) = line.drains_in_ms {
            words += &out.text(&text::QUEUE_DRAINS, &[("seconds", &drains.div_ceil(1_000))]);
        }
        let _ = writeln!(page, "  {}{words}", out.paint.bold(pad(&clean(&line.profile), PROFILE_CELLS)));
    }
    page
}

/// What was refused to protect memory and wallet, in one line; nothing to tell nearly always.
pub(crate) fn protected(out: &Out, capacity: &CapacityStatus) -> Option<String> {
    let mut parts = Vec::new();
    if capacity.shed > 0 || capacity.buffered >= PRESSED {
        let (held, max) = (capacity.buffered >> 20, capacity.max_buffered >> 20);
        parts.push(out.text(&text::STATUS_SHED, &[("held", &held), ("max", &max), ("count", &capacity.shed)]));
    }
    if capacity.circles > 0 {
        parts.push(out.text(&text::STATUS_CIRCLES, &[("count", &capacity.circles)]));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// How many wait, in one line.
pub(crate) fn summary(out: &Out, capacity: &CapacityStatus) -> String {
    if capacity.waiting + capacity.outside == 0 {
        return out.word(&text::QUEUE_EMPTY).to_owned();
    }
    let inside = out.text(&text::QUEUE_WAITING, &[("waiting", &capacity.waiting), ("max", &capacity.max_waiting)]);
    match capacity.outside {
        0 => inside,
        outside => inside + &out.text(&text::QUEUE_OUTSIDE, &[("outside", &outside)]),
    }
}
