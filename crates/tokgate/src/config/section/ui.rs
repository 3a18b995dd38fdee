//! `[ui]`

use crate::config::model::Ui;
use crate::config::reader::Section;
use crate::i18n::Lang;

/// Spellings of `ui.language`.
pub(crate) const LANGUAGES: [(&str, Option<Lang>); 3] =
    [("auto", None), ("zh", Some(Lang::Zh)), ("en", Some(Lang::En))];

/// Reads `[ui]`.
pub(crate) fn read(root: &Section<'_>) -> Ui {
    let section = root.section("ui");
    let ui = Ui {
        language: section.field("language").and_then(|field| field.choice(&LANGUAGES)).flatten(),
        default_client: section.field("default_client").and_then(|field| field.text()).map(str::to_owned),
    };
    section.finish();
    ui
}
