//! What answers teach about estimates: how many tokens a model really counted for one that was estimated.

use std::collections::HashMap;
use std::time::Duration;

/// Models that are remembered, of all providers together: far more than anybody uses at once.
const MODELS_MAX: usize = 512;
/// Estimates below say little: what stands around a conversation outweighs it.
const ESTIMATE_MIN: u64 = 200;
/// A ratio outside is a mistake of the provider's count, or of ours: a thousandth of it is what is kept.
const RATIO_MIN: u64 = 250;
const RATIO_MAX: u64 = 4_000;
/// Answers that weigh as much as all before them together, once so many have been seen.
const MEMORY: u64 = 16;
/// Answers of a model that are all measured: a first ratio is there within a few turns.
const FIRST: u64 = 4;
/// Between two measurements after that. An estimate reads the whole request, which costs more than sending it does;
/// tokenizers do not change within minutes.
const PAUSE: Duration = Duration::from_secs(30);

/// What is known of a model.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    /// Tokens counted for a thousand that were estimated.
    milli: u64,
    /// Answers it is made of.
    seen: u64,
    /// Measurements asked for, up to [`FIRST`].
    asked: u64,
    /// When the last one was asked for, on the caller's clock: the oldest is forgotten first.
    at: Duration,
}

/// Ratios by provider and model. Times are on one monotonic clock of the caller's.
#[derive(Debug, Default)]
pub struct Calibration {
    ratios: HashMap<Box<str>, HashMap<Box<str>, Ratio>>,
    models: usize,
}

impl Calibration {
    /// Whether an answer of this model is worth an estimate `now`; whatever comes of it, the next one is a while off.
    pub fn wants(&mut self, now: Duration, provider: &str, model: &str) -> bool {
        if let Some(ratio) = self.ratios.get_mut(provider).and_then(|models| models.get_mut(model)) {
            let due = ratio.asked < FIRST || now.saturating_sub(ratio.at) >= PAUSE;
            if due {
                (ratio.asked, ratio.at) = ((ratio.asked + 1).min(FIRST), now);
            }
            return due;
        }
        if self.models >= MODELS_MAX {
            self.forget_oldest();
        }
        let fresh = Ratio { milli: 1_000, seen: 0, asked: 1, at: now };
        self.ratios.entry(provider.into()).or_default().insert(model.into(), fresh);
        self.models += 1;
        true
    }

    /// The model counted `actual` tokens where `estimate` had been expected. Of a model forgotten since, nothing is
    /// learned.
    pub fn learn(&mut self, provider: &str, model: &str, estimate: u64, actual: u64) {
        if estimate < ESTIMATE_MIN || actual == 0 {
            return;
        }
        let Some(ratio) = self.ratios.get_mut(provider).and_then(|models| models.get_mut(model)) else { return };
        let milli = (actual.saturating_mul(1_000) / estimate).clamp(RATIO_MIN, RATIO_MAX);
        ratio.seen = (ratio.seen + 1).min(MEMORY);
        ratio.milli = (ratio.milli * (ratio.seen - 1) + milli) / ratio.seen;
    }

    /// The estimate as this model would count it.
    pub fn correct(&self, provider: &str, model: &str, estimate: u64) -> u64 {
        let milli = self.get(provider, model).map_or(1_000, |ratio| ratio.milli);
        estimate.saturating_mul(milli).div_ceil(1_000)
    }

    fn get(&self, provider: &str, model: &str) -> Option<&Ratio> {
        self.ratios.get(provider)?.get(model)
    }

    fn forget_oldest(&mut self) {
        let all = self
            .ratios
            .iter()
            .flat_map(|(provider, models)| models.iter().map(move |(model, ratio)| (ratio.at, provider, model)));
        let Some((_, provider, model)) = all.min_by_key(|(at, ..)| *at) else { return };
        let (provider, model) = (provider.clone(), model.clone());
        if let Some(models) = self.ratios.get_mut(&provider) {
            models.remove(&model);
            self.models -= 1;
            if models.is_empty() {
                self.ratios.remove(&provider);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taught(times: u64, estimate: u64, actual: u64) -> Calibration {
        let mut calibration = Calibration::default();
        teach(&mut calibration, times, estimate, actual);
        calibration
    }

    fn teach(calibration: &mut Calibration, times: u64, estimate: u64, actual: u64) {
        for _ in 0..times {
            calibration.wants(Duration::ZERO, "p", "m");
            calibration.learn("p", "m", estimate, actual);
        }
    }

    #[test]
    fn an_estimate_is_corrected_by_what_the_model_counted() {
        let calibration = taught(3, 10_000, 12_500);
        assert_eq!(Calibration::default().correct("p", "m", 1_000), 1_000, "nothing learned yet");
        assert_eq!(calibration.correct("p", "m", 1_000), 1_250);
        assert_eq!(calibration.correct("p", "other", 1_000), 1_000, "another model");
        assert_eq!(calibration.correct("other", "m", 1_000), 1_000, "another provider");
    }

    #[test]
    fn one_odd_answer_moves_little_and_none_moves_it_out_of_bounds() {
        let mut calibration = taught(40, 1_000, 1_000);
        teach(&mut calibration, 1, 1_000, 1_000_000);
        assert!(calibration.correct("p", "m", 1_000) < 1_200);
        teach(&mut calibration, 400, 1_000, 1_000_000);
        assert!((3_900..=4_000).contains(&calibration.correct("p", "m", 1_000)));
        teach(&mut calibration, 400, 1_000, 1);
        assert!((250..=300).contains(&calibration.correct("p", "m", 1_000)));
    }

    #[test]
    fn short_requests_and_missing_counts_teach_nothing() {
        let mut calibration = taught(1, 20, 90);
        teach(&mut calibration, 1, 1_000, 0);
        assert_eq!(calibration.correct("p", "m", 1_000), 1_000);
    }

    #[test]
    fn the_first_answers_of_a_model_are_measured_and_then_one_in_half_a_minute() {
        let mut calibration = Calibration::default();
        let wanted = |second: &u64| calibration.wants(Duration::from_secs(*second), "p", "m");
        let measured: Vec<u64> = (0..100).filter(wanted).collect();
        assert_eq!(measured, [0, 1, 2, 3, 33, 63, 93]);
    }

    #[test]
    fn made_up_models_do_not_fill_the_memory() {
        let mut calibration = Calibration::default();
        for number in 0..2_000 {
            let model = format!("m{number}");
            calibration.wants(Duration::from_secs(number), "p", &model);
            calibration.learn("p", &model, 1_000, 2_000);
        }
        assert_eq!(calibration.ratios["p"].len(), MODELS_MAX);
        assert_eq!(calibration.correct("p", "m1999", 1_000), 2_000);
        assert_eq!(calibration.correct("p", "m0", 1_000), 1_000, "forgotten");
    }
}
