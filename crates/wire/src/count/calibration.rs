//! What answers teach about estimates: how many tokens a model really counted for one that was estimated.

use std::collections::HashMap;

/// Models that are remembered, of all providers together: far more than anybody uses at once.
const MODELS_MAX: usize = 512;
/// Estimates below say little: what stands around a conversation outweighs it.
const ESTIMATE_MIN: u64 = 200;
/// A ratio outside is a mistake of the provider's count, or of ours: a thousandth of it is what is kept.
const RATIO_MIN: u64 = 250;
const RATIO_MAX: u64 = 4_000;
/// Answers that weigh as much as all before them together, once so many have been seen.
const MEMORY: u64 = 16;

/// A ratio learned, in thousandths.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    milli: u64,
    seen: u64,
    /// When it was last learned from: the smallest is forgotten first.
    used: u64,
}

/// Ratios by provider and model.
#[derive(Debug, Default)]
pub struct Calibration {
    ratios: HashMap<(Box<str>, Box<str>), Ratio>,
    uses: u64,
}

impl Calibration {
    /// Whether another answer of this model is worth an estimate: the first few, then one of sixteen.
    pub fn wants(&mut self, provider: &str, model: &str) -> bool {
        self.uses = self.uses.wrapping_add(1);
        let seen = self.get(provider, model).map_or(0, |ratio| ratio.seen);
        seen < MEMORY || self.uses.is_multiple_of(MEMORY)
    }

    /// The model counted `actual` tokens where `estimate` had been expected.
    pub fn learn(&mut self, provider: &str, model: &str, estimate: u64, actual: u64) {
        if estimate < ESTIMATE_MIN || actual == 0 {
            return;
        }
        let now = (actual.saturating_mul(1_000) / estimate).clamp(RATIO_MIN, RATIO_MAX);
        self.uses = self.uses.wrapping_add(1);
        let key = (Box::from(provider), Box::from(model));
        if self.ratios.len() >= MODELS_MAX && !self.ratios.contains_key(&key) {
            self.forget_oldest();
        }
        let ratio = self.ratios.entry(key).or_insert(Ratio { milli: now, seen: 0, used: 0 });
        ratio.seen = (ratio.seen + 1).min(MEMORY);
        ratio.milli = (ratio.milli * (ratio.seen - 1) + now) / ratio.seen;
        ratio.used = self.uses;
    }

    /// The estimate as this model would count it.
    pub fn correct(&self, provider: &str, model: &str, estimate: u64) -> u64 {
        let milli = self.get(provider, model).map_or(1_000, |ratio| ratio.milli);
        estimate.saturating_mul(milli).div_ceil(1_000)
    }

    fn get(&self, provider: &str, model: &str) -> Option<Ratio> {
        if self.ratios.is_empty() {
            return None;
        }
        self.ratios.get(&(Box::from(provider), Box::from(model))).copied()
    }

    fn forget_oldest(&mut self) {
        let oldest = self.ratios.iter().min_by_key(|(_, ratio)| ratio.used).map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.ratios.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_corrected_by_what_the_model_counted() {
        let mut calibration = Calibration::default();
        assert_eq!(calibration.correct("kimi", "k3", 1_000), 1_000, "nothing learned yet");
        for _ in 0..3 {
            calibration.learn("kimi", "k3", 10_000, 12_500);
        }
        assert_eq!(calibration.correct("kimi", "k3", 1_000), 1_250);
        assert_eq!(calibration.correct("kimi", "k2", 1_000), 1_000, "another model");
        assert_eq!(calibration.correct("glm", "k3", 1_000), 1_000, "another provider");
    }

    #[test]
    fn one_odd_answer_moves_little_and_none_moves_it_out_of_bounds() {
        let mut calibration = Calibration::default();
        (0..40).for_each(|_| calibration.learn("p", "m", 1_000, 1_000));
        calibration.learn("p", "m", 1_000, 1_000_000);
        assert!(calibration.correct("p", "m", 1_000) < 1_200);
        (0..400).for_each(|_| calibration.learn("p", "m", 1_000, 1_000_000));
        assert!((3_900..=4_000).contains(&calibration.correct("p", "m", 1_000)));
        (0..400).for_each(|_| calibration.learn("p", "m", 1_000, 1));
        assert!((250..=300).contains(&calibration.correct("p", "m", 1_000)));
    }

    #[test]
    fn short_requests_and_missing_counts_teach_nothing() {
        let mut calibration = Calibration::default();
        calibration.learn("p", "m", 20, 90);
        calibration.learn("p", "m", 1_000, 0);
        assert_eq!(calibration.correct("p", "m", 1_000), 1_000);
    }

    #[test]
    fn a_model_is_measured_often_at_first_and_then_now_and_then() {
        let mut calibration = Calibration::default();
        assert!((0..10).all(|_| calibration.wants("p", "m")));
        (0..20).for_each(|_| calibration.learn("p", "m", 1_000, 1_000));
        let wanted = (0..160).filter(|_| calibration.wants("p", "m")).count();
        assert_eq!(wanted, 10);
    }

    #[test]
    fn made_up_models_do_not_fill_the_memory() {
        let mut calibration = Calibration::default();
        (0..2_000).for_each(|number| calibration.learn("p", &format!("m{number}"), 1_000, 2_000));
        assert_eq!(calibration.ratios.len(), MODELS_MAX);
        assert_eq!(calibration.correct("p", "m1999", 1_000), 2_000);
        assert_eq!(calibration.correct("p", "m0", 1_000), 1_000, "forgotten");
    }
}
