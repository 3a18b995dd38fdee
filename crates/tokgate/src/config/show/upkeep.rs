//! `[queue]`, `[health]` and `[log]`.

use super::{Page, word};
use crate::config::model::{Health, Log, Queue, Retention};
use crate::config::quote::quoted;
use crate::config::section::{health, log, queue};
use crate::config::{dollars, duration, size};

impl Page<'_> {
    pub(super) fn queue(&mut self, it: &Queue) {
        let hundredths = |number: u32| format!("{}.{:02}", number / 100, number % 100);
        self.section("queue", "[queue]");
        self.value("jobs", it.jobs.to_string());
        self.value("max", it.max.to_string());
        self.value("at_once", it.at_once.to_string());
        self.text("strategy", word(&queue::STRATEGIES, &it.retries.strategy));
        self.text("first", &duration::format(it.retries.first));
        self.value("factor", hundredths(it.retries.factor));
        self.text("longest", &duration::format(it.retries.longest));
        self.value("tries", it.tries.to_string());
        self.text("deadline", &duration::format(it.deadline));
        self.value("at_least_once", it.at_least_once.to_string());
        self.value("cost_per_job", dollars::format(it.cost_per_job));
        self.value("cost_per_day", dollars::format(it.cost_per_day));
        self.value("rescue", it.rescue.to_string());
        self.text("keep_bodies", word(&queue::KEEP_BODIES, &it.keep_bodies));
        self.text("max_size", &size::format(it.max_size));
        self.text("keep", &duration::format(it.keep));
        self.text("keep_read", &duration::format(it.keep_read));
    }

    pub(super) fn health(&mut self, of: &Health) {
        self.section("health", "[health]");
        self.value("enabled", of.enabled.to_string());
        self.text("every", &duration::format(of.every));
        self.text("timeout", &duration::format(of.timeout));
        self.text("probe", word(&health::PROBES, &of.probe));
        self.text("probe_budget", &health::budget_text(of.probe_budget));
        self.text("quiet_when_idle", &duration::format(of.quiet_when_idle));
    }

    pub(super) fn log(&mut self, log: &Log) {
        self.section("log", "[log]");
        self.text("level", word(&log::LEVELS, &log.level));
        self.text("format", word(&log::FORMATS, &log.format));
        self.value("access_log", log.access_log.to_string());
        let requests = match log.keep.requests {
            Retention::Age(age) => quoted(&duration::format(age)),
            Retention::Count(count) => count.to_string(),
        };
        self.value("keep.requests", requests);
        self.text("keep.max_size", &size::format(log.keep.max_size));
    }
}
