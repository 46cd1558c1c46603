//! Which groupings of cost are kept, and how wide their windows are.

/// A column of the event that a rollup may group by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// Customer or business unit.
    Tenant,
    /// End user.
    UserId,
    /// Product feature.
    Feature,
    /// Business workflow.
    Workflow,
    /// Who was paid.
    Provider,
    /// The model that answered.
    Model,
    /// The model that was asked for.
    RequestedModel,
    /// Agent that made the call.
    Agent,
    /// Where the call ran.
    Region,
    /// The routing rule that chose the model.
    Route,
    /// The tier that served the call.
    ServiceTier,
    /// Outcome of the call.
    Status,
}

impl Dimension {
    /// All dimensions, in the order of their columns in `cost_windows`.
    pub const ALL: [Self; 12] = [
        Self::Tenant,
        Self::UserId,
        Self::Feature,
        Self::Workflow,
        Self::Provider,
        Self::Model,
        Self::RequestedModel,
        Self::Agent,
        Self::Region,
        Self::Route,
        Self::ServiceTier,
        Self::Status,
    ];

    /// The column's name, in events and in `cost_windows`.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::UserId => "user_id",
            Self::Feature => "feature",
            Self::Workflow => "workflow",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::RequestedModel => "requested_model",
            Self::Agent => "agent",
            Self::Region => "region",
            Self::Route => "route",
            Self::ServiceTier => "service_tier",
            Self::Status => "status",
        }
    }

    /// The dimension whose column has this name.
    #[must_use]
    pub fn from_column(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dimension| dimension.column() == name)
    }
}

/// A grouping of cost that is kept: windows of one width over some dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollup {
    /// Its name, the value of the partition column `rollup`.
    pub name: String,
    /// How wide its windows are, seconds; at least 1.
    pub window_seconds: u32,
    /// What it groups by, besides the window.
    pub dimensions: Vec<Dimension>,
}

/// The rollups that are kept unless the config says otherwise: `user` (15 minutes, of which every
/// time zone's day is a union), `feature` and `workflow` (1 minute).
#[must_use]
pub fn default_rollups() -> Vec<Rollup> {
    let rollup = |name: &str, window_seconds, key| Rollup {
        name: name.to_owned(),
        window_seconds,
        dimensions: vec![
            Dimension::Tenant,
            key,
            Dimension::Provider,
            Dimension::Model,
        ],
    };
    vec![
        rollup("user", 900, Dimension::UserId),
        rollup("feature", 60, Dimension::Feature),
        rollup("workflow", 60, Dimension::Workflow),
    ]
}
