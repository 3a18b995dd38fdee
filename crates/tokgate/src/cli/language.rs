//! Which language to speak: `--lang`, then `TOKGATE_LANG`, then `ui.language`, then the locale, then English.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::Env;
use crate::i18n::Lang;

/// The language of this call. `configured` is asked only when nothing stronger decides.
pub(super) fn choose(flag: Option<&str>, env: &Env, configured: impl FnOnce() -> Option<Lang>) -> Lang {
    let said = flag.and_then(Lang::from_tag).or_else(|| env.var("TOKGATE_LANG").and_then(Lang::from_tag));
    said.or_else(configured).or_else(|| locale(env)).unwrap_or_default()
}

/// The first locale variable that is set decides, as in the C library, also when we do not speak it.
fn locale(env: &Env) -> Option<Lang> {
    ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| env.var(name)).and_then(Lang::from_tag)
}

/// `--lang` and `--config` before the command line is parsed: help and usage errors need them too.
pub(super) fn before_parsing(args: &[OsString]) -> (Option<String>, Option<PathBuf>) {
    let (mut lang, mut config) = (None, None);
    let mut args = args.iter().skip(1).take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        let text = arg.to_str().unwrap_or_default();
        if text == "--lang" {
            lang = args.next().and_then(|value| value.to_str()).map(str::to_owned);
        } else if text == "--config" {
            config = args.next().map(PathBuf::from);
        } else if let Some(value) = text.strip_prefix("--lang=") {
            lang = Some(value.to_owned());
        } else if let Some(value) = text.strip_prefix("--config=") {
            config = Some(PathBuf::from(value));
        }
    }
    (lang, config)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn chosen(flag: Option<&str>, vars: &[(&str, &str)], configured: Option<Lang>) -> Lang {
        choose(flag, &Env::from_pairs(Path::new("/h"), vars.iter().copied()), || configured)
    }

    #[test]
    fn the_stronger_source_decides() {
        let all = [("TOKGATE_LANG", "zh"), ("LC_ALL", "en_US.UTF-8")];
        assert_eq!(chosen(Some("en"), &all, Some(Lang::Zh)), Lang::En);
        assert_eq!(chosen(None, &all, Some(Lang::En)), Lang::Zh);
        assert_eq!(chosen(None, &all[1..], Some(Lang::Zh)), Lang::Zh);
        assert_eq!(chosen(None, &[("LANG", "zh_CN.UTF-8")], None), Lang::Zh);
        assert_eq!(chosen(None, &[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")], None), Lang::En);
        assert_eq!(chosen(None, &[], None), Lang::En);
    }

    #[test]
    fn the_clients_own_arguments_do_not_decide() {
        let args: Vec<OsString> =
            ["tokgate", "run", "--config", "/c", "--lang=zh", "--", "--lang", "en"].map(OsString::from).into();
        assert_eq!(before_parsing(&args), (Some("zh".into()), Some("/c".into())));
    }
}
