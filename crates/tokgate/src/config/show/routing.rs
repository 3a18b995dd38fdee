//! `[[route]]`, `[[limit]]` and `[failover]`.

use tokgate_policy::engine::{Elsewhere, Families, Family, LimitParams, RouteParams, To};

use super::{Page, word};
use crate::config::duration;
use crate::config::model::Config;
use crate::config::section::route::conditions;
use crate::config::section::{failover as failover_section, limit as limits};

impl Page<'_> {
    pub(super) fn route(&mut self, index: usize, route: &RouteParams, config: &Config) {
        self.section(&format!("route[{}]", index + 1), "[[route]]");
        self.text("name", &route.name);
        for (key, value) in conditions::pairs(&route.when) {
            self.value(&format!("match.{key}"), value);
        }
        let to = match route.to {
            To::Provider(index) => config.providers.get(index).map(|provider| format!("provider:{}", provider.name)),
            To::Profile(index) => config.profiles.get(index).map(|profile| format!("profile:{}", profile.name)),
        };
        self.optional("to", to.as_deref());
        self.optional("model", route.model.as_deref());
        if route.strict {
            self.value("strict", "true".to_owned());
        }
        if route.priority != 0 {
            self.value("priority", route.priority.to_string());
        }
    }

    pub(super) fn limit(&mut self, index: usize, limit: &LimitParams) {
        self.section(&format!("limit[{}]", index + 1), "[[limit]]");
        self.text("name", &limit.name);
        for (key, value) in conditions::pairs(&limit.when) {
            self.value(&format!("match.{key}"), value);
        }
        self.allowance("", &limit.allowed);
        self.text("over", word(&limits::OVER, &limit.over));
    }

    pub(super) fn failover(&mut self, config: &Config) {
        let Config { failover, budgets, breaker, .. } = config;
        self.section("failover", "[failover]");
        self.value("auto", failover.auto.to_string());
        self.value("after", failover.after.to_string());
        self.text("cooldown", &duration::format(failover.cooldown));
        self.text("recover", word(&failover_section::RECOVER, &failover.recover));
        self.value("recover_after", failover.recover_after.to_string());
        self.value("max_per_hour", failover.max_per_hour.to_string());
        let (whole, part) = (failover.confirm_above / 100, failover.confirm_above % 100);
        self.value("confirm_above", format!("{whole}.{part:02}"));
        self.value("fallback", failover.fallback.to_string());
        let Elsewhere { on, not_on } = failover.elsewhere;
        for (key, families) in [("on", on), ("not_on", Some(not_on).filter(|not_on| *not_on != Families::default()))] {
            let Some(families) = families else { continue };
            let named = Family::ALL.iter().filter(|family| families.has(**family));
            self.texts(key, named.map(|family| family.id()));
        }
        self.value("budget.retry", budgets.retry.percent.to_string());
        self.value("budget.retry_per_minute", budgets.retry.floor.to_string());
        self.value("budget.elsewhere", budgets.failover.percent.to_string());
        self.value("budget.elsewhere_per_minute", budgets.failover.floor.to_string());
        self.value("breaker.failures", breaker.failures.to_string());
        self.value("breaker.samples", breaker.samples.to_string());
        self.value("breaker.success", breaker.success_percent.to_string());
        self.text("breaker.open", &duration::format(breaker.open));
        self.text("breaker.open_max", &duration::format(breaker.open_max));
        self.value("breaker.tests", breaker.tests.to_string());
        self.text("breaker.slow_start", &duration::format(breaker.slow_start));
    }
}
