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
    /// The field `region`.
    Region,
    /// `attributes.account`: the account that pays.
    Account,
    /// `attributes.deployment`: a deployment of one's own at the provider.
    Deployment,
    /// `attributes.key`: the API key, by its name.
    Key,
}

impl AttributeKey {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ServiceTier,
        Self::Route,
        Self::Processing,
        Self::Speed,
        Self::SearchType,
        Self::Region,
        Self::Account,
        Self::Deployment,
        Self::Key,
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
            Self::Region => "region",
            Self::Account => "account",
            Self::Deployment => "deployment",
            Self::Key => "key",
        }
    }

    /// Whether it is a field of the event, not an entry of its `attributes`.
    #[must_use]
    pub const fn is_field(self) -> bool {
        matches!(self, Self::ServiceTier | Self::Route | Self::Region)
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
    /// Where the call ran.
    pub region: Option<&'a str>,
    /// The account that pays.
    pub account: Option<&'a str>,
    /// A deployment of one's own at the provider.
    pub deployment: Option<&'a str>,
    /// The API key, by its name.
    pub key: Option<&'a str>,
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
            AttributeKey::Region => self.region,
            AttributeKey::Account => self.account,
            AttributeKey::Deployment => self.deployment,
            AttributeKey::Key => self.key,
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
            AttributeKey::Region => self.region = value,
            AttributeKey::Account => self.account = value,
            AttributeKey::Deployment => self.deployment = value,
            AttributeKey::Key => self.key = value,
        }
    }

    /// Whether the request says where it ran.
    #[must_use]
    pub fn names_region(&self) -> bool {
        self.region.is_some_and(|region| !region.is_empty())
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
