//! Who is told of what.

use schemas::alerts::alert::{AlertChange, AlertState};

use crate::config::receivers::ReceiverConfig;

/// Whether a receiver is told of a change.
///
/// The end of an alert that never fired is told to those alone who were told of its beginning.
pub(crate) fn wants(receiver: &ReceiverConfig, change: &AlertChange) -> bool {
    let tells = |state| receiver.states.contains(&state);
    let began_told = change.fired_at_us.is_some() || tells(AlertState::Pending);
    tells(change.state)
        && (change.state != AlertState::Resolved || began_told)
        && receiver.matches.iter().all(|(label, values)| {
            let value = change.labels.get(label).map_or("", String::as_str);
            values.iter().any(|wanted| wanted == value)
        })
}

#[cfg(test)]
mod tests;
