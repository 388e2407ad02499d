//! The words of mails in every language, from `locales/*.ftl`, which are part of the binary.

use std::sync::{Arc, LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};

use super::Language;

pub(super) const ENGLISH: &str = include_str!("../../locales/en.ftl");
pub(super) const GERMAN: &str = include_str!("../../locales/de.ftl");

type Bundle = FluentBundle<Arc<FluentResource>>;

/// The words of one language, with what is to be put into them.
pub(super) struct Words<'a> {
    bundle: &'static Bundle,
    args: FluentArgs<'a>,
}

impl<'a> Words<'a> {
    /// The words of this language.
    pub(super) fn of(language: Language) -> Self {
        static ALL: LazyLock<[Bundle; 2]> =
            LazyLock::new(|| [bundle(Language::English, ENGLISH), bundle(Language::German, GERMAN)]);
        let bundle = match language {
            Language::English => &ALL[0],
            Language::German => &ALL[1],
        };
        Self { bundle, args: FluentArgs::new() }
    }

    /// What `{ $name }` stands for from now on.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<fluent_bundle::FluentValue<'a>>) {
        self.args.set(name, value);
    }

    /// The message with this name. A test makes sure that all are there.
    pub(super) fn say(&self, name: &str) -> String {
        let Some(pattern) = self.bundle.get_message(name).and_then(|message| message.value()) else {
            return name.to_owned();
        };
        self.bundle.format_pattern(pattern, Some(&self.args), &mut Vec::new()).into_owned()
    }
}

fn bundle(language: Language, text: &str) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.code().parse().unwrap_or_default()]);
    // Invisible marks around what is put in would be copied along and show up as boxes in subjects.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(Arc::new(resource));
    bundle
}
