//! Drives the pure machine the way the filter does.

use tokgate::proxy::front::{Machine, Phase, Reject};

/// What the machine said of an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Where messages ended.
    pub(crate) ends: Vec<usize>,
    /// How many bytes passed.
    pub(crate) passed: usize,
    /// Why nothing more does.
    pub(crate) reject: Option<Reject>,
    /// Bytes that wait for more.
    pub(crate) pending: usize,
}

/// Feeds the input, cut at these places.
pub(crate) fn run(input: &[u8], cuts: &[usize]) -> Said {
    let mut machine = Machine::new(false);
    let mut said = Said { ends: Vec::new(), passed: 0, reject: None, pending: 0 };
    for end in cuts.iter().copied().chain([input.len()]) {
        while said.reject.is_none() {
            let offered = &input[said.passed..end];
            let verdict = machine.feed(offered);
            assert!(verdict.pass <= offered.len());
            said.passed += verdict.pass;
            said.reject = verdict.reject;
            if verdict.reject.is_none() && verdict.pass > 0 && machine.phase() == Phase::Between {
                said.ends.push(said.passed);
            }
            if verdict.pass == 0 {
                break;
            }
        }
    }
    said.pending = input.len() - said.passed;
    said
}
