//! What of a request decides which of a model's prices it pays.

/// A property of a request that a price variant may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeKey {
    /// The field `service_tier`.
    ServiceTier,
    /// The field `route`.
    Route,
    /// `attributes.processing`; `batch` also if the service tier is `batch`.
    Processing,
    /// `attributes.speed`.
    Speed,
    /// `attributes.search_type`.
    SearchType,
}

impl AttributeKey {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::ServiceTier,
        Self::Route,
        Self::Processing,
        Self::Speed,
        Self::SearchType,
    ];

    /// Its name in the facts, and in the event or its `attributes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceTier => "service_tier",
            Self::Route => "route",
            Self::Processing => "processing",
            Self::Speed => "speed",
            Self::SearchType => "search_type",
        }
    }

    /// The attribute of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// The service tier that is a way of processing: it selects variants of either name.
pub(super) const BATCH: &str = "batch";
/// Tiers that mean a model's ordinary price.
pub(super) const ORDINARY_TIERS: [&str; 4] = ["", "default", "standard", "auto"];

/// What of a request decides which of a model's prices it pays; letter case does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestAttributes<'a> {
    /// The tier that served the call.
    pub service_tier: Option<&'a str>,
    /// The routing rule that chose the model.
    pub route: Option<&'a str>,
    /// How the call was processed, such as `batch`.
    pub processing: Option<&'a str>,
    /// How fast it was served, such as `fast`.
    pub speed: Option<&'a str>,
    /// How a search was done.
    pub search_type: Option<&'a str>,
}

impl<'a> RequestAttributes<'a> {
    /// The value of one attribute.
    #[must_use]
    pub fn get(&self, key: AttributeKey) -> Option<&'a str> {
        match key {
            AttributeKey::ServiceTier => self.service_tier,
            AttributeKey::Route => self.route,
            AttributeKey::Processing => match self.service_tier {
                Some(tier) if tier.eq_ignore_ascii_case(BATCH) => Some(BATCH),
                _ => self.processing,
            },
            AttributeKey::Speed => self.speed,
            AttributeKey::SearchType => self.search_type,
        }
    }

    /// Sets one attribute.
    pub const fn set(&mut self, key: AttributeKey, value: Option<&'a str>) {
        match key {
            AttributeKey::ServiceTier => self.service_tier = value,
            AttributeKey::Route => self.route = value,
            AttributeKey::Processing => self.processing = value,
            AttributeKey::Speed => self.speed = value,
            AttributeKey::SearchType => self.search_type = value,
        }
    }

    /// Whether the request names a tier or way of processing other than the ordinary one.
    #[must_use]
    pub fn names_tier(&self) -> bool {
        let is_ordinary = |value: &str| {
            let mut ordinary = ORDINARY_TIERS.iter();
            ordinary.any(|tier| value.eq_ignore_ascii_case(tier))
        };
        [self.service_tier, self.processing]
            .into_iter()
            .flatten()
            .any(|value| !is_ordinary(value))
    }
}
