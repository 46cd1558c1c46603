//! What the services of the traces might be: their models, features and workflows.

use crate::replay::trace_events::draw::Draw;

/// A model as its provider bills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Model {
    /// Who is paid.
    pub(crate) provider: &'static str,
    /// The model's name at the provider; the built-in price book knows it.
    pub(crate) name: &'static str,
    /// How often it is drawn, of 1000 calls.
    share: u64,
    /// Whether input read from a cache is reported.
    pub(crate) caches: bool,
    /// Whether writing to the cache is billed.
    pub(crate) bills_cache_writes: bool,
    /// Whether it reports reasoning tokens.
    pub(crate) reasons: bool,
}

const fn model(provider: &'static str, name: &'static str, share: u64) -> Model {
    Model {
        provider,
        name,
        share,
        caches: true,
        bills_cache_writes: false,
        reasons: false,
    }
}

const fn reasoning(model: Model) -> Model {
    Model {
        reasons: true,
        ..model
    }
}

const fn writing(model: Model) -> Model {
    Model {
        bills_cache_writes: true,
        ..model
    }
}

/// A service.
#[derive(Debug)]
pub(crate) struct Profile {
    models: &'static [Model],
    features: &'static [&'static str],
    /// `None`: the call belongs to no workflow.
    workflows: &'static [Option<&'static str>],
}

static CODE: Profile = Profile {
    models: &[
        writing(model("anthropic", "claude-sonnet-4-5", 350)),
        reasoning(model("openai", "gpt-5", 250)),
        writing(model("anthropic", "claude-haiku-4-5", 150)),
        reasoning(model("google", "gemini-2.5-flash", 150)),
        model("openai", "gpt-4o-mini", 100),
    ],
    features: &[
        "code-completion",
        "code-review",
        "commit-message",
        "test-writer",
    ],
    workflows: &[Some("ship-a-change"), Some("fix-a-bug"), None],
};

static CHAT: Profile = Profile {
    models: &[
        model("openai", "gpt-4o-mini", 300),
        reasoning(model("google", "gemini-2.5-flash", 200)),
        model("openai", "gpt-4o", 150),
        reasoning(model("openai", "gpt-5-mini", 150)),
        writing(model("anthropic", "claude-haiku-4-5", 100)),
        model("mistral", "mistral-small-latest", 100),
    ],
    features: &[
        "chat",
        "search-answer",
        "support-reply",
        "summary",
        "translation",
    ],
    workflows: &[
        Some("answer-a-ticket"),
        Some("onboard-a-customer"),
        None,
        None,
    ],
};

impl Profile {
    /// The service that a source's name speaks of.
    pub(crate) fn of(source: &str) -> &'static Self {
        if source.to_ascii_lowercase().contains("code") {
            &CODE
        } else {
            &CHAT
        }
    }

    /// All models that events may name.
    #[cfg(test)]
    pub(crate) fn all_models() -> impl Iterator<Item = &'static Model> {
        CODE.models.iter().chain(CHAT.models)
    }

    /// Draws a model by its share.
    pub(crate) fn model(&self, draw: &mut Draw) -> &'static Model {
        let total: u64 = self.models.iter().map(|model| model.share).sum();
        let mut at = draw.below(total);
        for model in self.models {
            if at < model.share {
                return model;
            }
            at -= model.share;
        }
        // The shares add up to the total, so one was returned.
        &self.models[0]
    }

    /// Draws a feature.
    pub(crate) fn feature(&self, draw: &mut Draw) -> &'static str {
        one_of(self.features, draw).unwrap_or("")
    }

    /// Draws a workflow, or none.
    pub(crate) fn workflow(&self, draw: &mut Draw) -> Option<&'static str> {
        one_of(self.workflows, draw).flatten()
    }
}

fn one_of<T: Copy>(choices: &[T], draw: &mut Draw) -> Option<T> {
    let count = u64::try_from(choices.len()).unwrap_or(1);
    let at = usize::try_from(draw.below(count)).unwrap_or(0);
    choices.get(at).copied()
}
